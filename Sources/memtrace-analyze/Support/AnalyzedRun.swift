import Aggregation
import Reports
import TraceFormat
import TraceInput

/// What a question found in a run: in its one trace, or in several as one.
struct AnalyzedRun {
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

    /// The length of a run that was not ended is that of its events, marks among them.
    fileprivate func opened() throws(TraceError) -> HeapTrace {
      let file = try TraceFile(path: path)
      return try HeapTrace(file, readsMarks: !file.header.isClosed)
    }
  }

  /// The figures of all processes together.
  let trace: AnalyzedTrace
  /// The processes, where there are several traces.
  var group: ProfileGroup?
  /// If the question is about blocks over time.
  var parts: [Part] = []
  /// What moments of the run are told by, if it is.
  var times = RunTimes(durationNanoseconds: 0, marks: [])

  /// Follows groups of stacks, which have the run's numbers, over the question's window.
  ///
  /// - Throws: `TraceError`; `CommandFailure` if a trace has changed since it was asked.
  func series(
    groupOfStack: [UInt32?], groups: Int, windows: Int, progress: (LoadProgress) -> Void
  ) throws -> HeapSeriesSet {
    var sum: HeapSeriesSet?
    for part in parts {
      let trace = try part.trace ?? part.opened()
      var groupOfOwn = groupOfStack
      if let numbers = part.stackNumbers {
        guard numbers.count == trace.stacks.count else {
          throw CommandFailure(
            "\(part.path) is still being written; try again", status: .dataError)
        }
        groupOfOwn = numbers.map { groupOfStack[Int($0.rawValue)] }
      }
      let found = try withoutActuallyEscaping(progress) { progress in
        try trace.series(
          part.query, groupOfStack: groupOfOwn, groups: groups, windows: windows, in: part.place,
          progress: progress)
      }
      sum = sum.map { $0 + found } ?? found
    }
    guard let sum else { throw TraceGroupLoader.nothingReadable }
    return sum
  }
}
