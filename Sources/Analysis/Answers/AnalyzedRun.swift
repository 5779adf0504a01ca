import Aggregation
import Reports
import TraceFormat
import TraceInput

/// What a question found in a run: in its one trace, or in several as one.
package struct AnalyzedRun {
  /// One of the traces and what it was asked: what it takes to follow its blocks over time.
  struct Part {
    let path: String
    /// In the time of the run.
    let query: HeapQuery
    /// Of one of several traces: where it lies in the time of the run, and the numbers that the run
    /// has for its stacks.
    var place: HeapSeries.Place?
    var stackNumbers: [StackID]?
    /// Opened again if it is one of several.
    var trace: HeapTrace?
  }

  /// The figures of all processes together.
  package let trace: AnalyzedTrace
  /// The processes, where there are several traces.
  package var group: ProfileGroup?
  /// What moments of the run are told by, if the question was about some.
  package var times = RunTimes(durationNanoseconds: 0, marks: [])
  /// If the question is about blocks over time.
  var parts: [Part] = []
  /// What was followed in the reading that told the costs.
  var followed: (question: HeapSeries.Question, series: HeapSeriesSet)?
  /// When the blocks of stacks, told apart by lines, were born and died; `nil` of several traces, whose
  /// intervals have no common edges, of some blocks, and of more than memory is spent for.
  package var lives: HeapLives?

  /// Follows groups of stacks, which have the run's numbers, over the question's window.
  ///
  /// - Precondition: the question was about blocks over time.
  package func series(
    groupOfStack: [UInt32?], groups: Int, windows: Int, _ observer: AnalysisObserver
  ) throws(AnalysisError) -> HeapSeriesSet {
    if let (question, series) = followed, question.windows == windows,
      let found = series.regrouped(from: question, groupOfStack: groupOfStack, groups: groups)
    {
      return found
    }
    var sum: HeapSeriesSet?
    for part in parts {
      let found = try observer.during(.followingStacks(name: part.path)) { progress in
        let trace = try part.trace ?? part.opened()
        return try trace.series(
          part.query, groupOfStack: part.groups(groupOfStack, of: trace), groups: groups,
          windows: windows, in: part.place, progress: progress)
      }
      sum = sum.map { $0 + found } ?? found
    }
    guard let sum else { throw .nothingReadable }
    return sum
  }

  /// What the phases and snapshots of each trace cost, with how much later than the run it began.
  ///
  /// - Precondition: the question was about blocks over time.
  package func measuredPhases(
    _ observer: AnalysisObserver
  ) throws(AnalysisError) -> [ProcessPhases] {
    var found: [ProcessPhases] = []
    for part in parts {
      let process = try observer.during(.followingStacks(name: part.path)) { progress in
        let trace = try part.trace ?? part.opened(readsMarks: true)
        var query = part.query
        let offset = part.place?.offsetNanoseconds ?? 0
        // The part's window is one of the run's time.
        query.window = part.ownWindow(after: offset)
        return ProcessPhases(
          pid: trace.file.header.pid, program: trace.file.header.program,
          offsetNanoseconds: offset, found: try trace.measuredPhases(query, progress: progress))
      }
      found.append(process)
    }
    return found
  }
}

extension AnalyzedRun {
  /// How the blocks that were live at the end of the question's window lie on pages, by presented stack.
  ///
  /// - Precondition: the question was about one trace, and over time.
  package func fragmentation(
    _ observer: AnalysisObserver
  ) throws(AnalysisError) -> HeapFragmentation {
    guard let part = parts.first else { throw .nothingReadable }
    return try observer.during(.reading(path: part.path)) { progress in
      try (part.trace ?? part.opened()).fragmentation(
        at: part.query.window.upperBound, groups: trace.stacks.groups,
        allocator: trace.profile.process.allocator, progress: progress)
    }
  }

  /// The account of resident memory nearest to the end of the question's window; nil if the trace has
  /// neither accounts nor samples that tell kinds of memory apart.
  ///
  /// - Precondition: as above.
  package func account(
    at moment: UInt64? = nil, _ observer: AnalysisObserver
  ) throws(AnalysisError) -> MemoryAccount? {
    guard let part = parts.first else { throw .nothingReadable }
    return try observer.during(.reading(path: part.path)) { progress in
      try (part.trace ?? part.opened()).account(
        at: moment ?? part.query.window.upperBound, samples: trace.profile.memorySamples,
        groups: trace.stacks.groups, allocator: trace.profile.process.allocator,
        progress: progress)
    }
  }
}

extension AnalyzedRun.Part {
  fileprivate func ownWindow(after offset: UInt64) -> Range<UInt64> {
    let window = query.window
    let lower = window.lowerBound - min(window.lowerBound, offset)
    guard window.upperBound != .max else { return lower..<(.max) }
    return lower..<max(lower, window.upperBound - min(window.upperBound, offset))
  }

  /// The length of a run that was not ended is that of its events, marks among them.
  fileprivate func opened(readsMarks: Bool = false) throws(TraceError) -> HeapTrace {
    let file = try TraceFile(path: path)
    return try HeapTrace(file, readsMarks: readsMarks || !file.header.isClosed)
  }

  /// The groups of the trace's own stacks.
  fileprivate func groups(
    _ groupOfStack: [UInt32?], of trace: HeapTrace
  ) throws(AnalysisError) -> [UInt32?] {
    guard let stackNumbers else { return groupOfStack }
    guard stackNumbers.count == trace.stacks.count else { throw .changed(path: path) }
    return stackNumbers.map { groupOfStack[Int($0.rawValue)] }
  }
}
