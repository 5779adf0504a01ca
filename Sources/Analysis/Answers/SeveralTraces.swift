import Aggregation
import Glibc
import Reports
import Symbolization
import TraceFormat
import TraceInput

/// A run of several traces, read as one group and prepared for reports.
struct SeveralTraces {
  /// From so many on their time lines are kept coarser.
  private static let manyTraces = 50

  /// The names of a group's stacks, of which there are so many.
  private struct Names {
    let stacks: PresentedStacks
    let diagnostics: SymbolizationDiagnostics
    let count: Int
  }

  private let traces: RunTraces
  private let question: RunQuestion
  private let presentation: StackPresentation
  private let observer: AnalysisObserver
  private var activity: AnalysisObserver.Activity { .readingTraces(count: traces.files.count) }

  init(
    _ traces: RunTraces, _ question: RunQuestion, _ presentation: StackPresentation,
    _ observer: AnalysisObserver
  ) {
    self.traces = traces
    self.question = question
    self.presentation = presentation
    self.observer = observer
  }

  func answer() throws(AnalysisError) -> AnalyzedRun {
    guard question.needsQuery else {
      let group = try group()
      return AnalyzedRun(trace: analyzed(group, try names(of: group), question), group: group)
    }
    return try answer(question, query(), window: nil).run
  }

  /// What is live at each end of the window.
  func moments() throws(AnalysisError) -> (before: AnalyzedTrace, after: AnalyzedTrace) {
    let (window, times) = try (query().window, question.filter.window)
    let before = question.at(times.start)
    let after = question.at(times.end)
    let first = try answer(
      before, GroupQuery(before, presentation, traces.files), window: 0..<window.lowerBound)
    let second = try answer(
      after, GroupQuery(after, presentation, traces.files), window: 0..<window.upperBound,
      names: first.names)
    return (first.run.trace, second.run.trace)
  }

  private func query() -> GroupQuery { GroupQuery(question, presentation, traces.files) }

  /// Answers a question about the blocks of a filter, in a window if it is not the filter's; `names` are
  /// those of the group's stacks if they are known.
  private func answer(
    _ question: RunQuestion, _ query: GroupQuery, window: Range<UInt64>?, names known: Names? = nil
  ) throws(AnalysisError) -> (run: AnalyzedRun, names: Names) {
    func read(_ partition: GroupQuery.Partition?) throws(AnalysisError) -> GroupQuery.Answer {
      try observer.during(activity) { progress in
        try query.answer(window: window, partition, progress: progress)
      }
    }
    var answer = try read(nil)
    let names =
      if let known, known.count == answer.group.profile.stacks.count { known } else {
        try names(of: answer.group)
      }
    if question.needsGroupStacks {
      // What is one stack in the group is known now, and what it had in all.
      var partition = GroupQuery.Partition(stackNumbers: answer.stackNumbers)
      if let bytes = question.filter.minimumBytes {
        let shown =
          presentation.keepsAllFrames ? try self.names(of: answer.group, isWhole: false) : names
        partition.isWanted = shown.stacks.stacks(of: answer.group.profile.costs, from: bytes)
      }
      partition.grouping = question.grouping(names.stacks)
      answer = try read(partition)
      guard answer.group.profile.stacks.count == names.count else { throw .changed(path: nil) }
    }
    let run = AnalyzedRun(
      trace: analyzed(answer.group, names, question), group: answer.group,
      times: query.times.times, parts: answer.parts)
    return (run, names)
  }

  private func analyzed(
    _ group: ProfileGroup, _ names: Names, _ question: RunQuestion
  ) -> AnalyzedTrace {
    AnalyzedTrace(
      path: traces.name, answer: group.profile, stacks: names.stacks,
      symbolization: names.diagnostics, filter: question.filter)
  }

  private func names(
    of group: ProfileGroup, isWhole: Bool = true
  ) throws(AnalysisError) -> Names {
    let symbolizer = try AnalysisError.mapping { try TraceSymbolizer.make(group, presentation) }
    let stacks = PresentedStacks(
      of: group.profile.stacks, modules: group.profile.modules, symbolizer: symbolizer,
      rules: presentation.rules,
      keepsAllFrames: isWhole && presentation.keepsAllFrames && question.showsStacks,
      separatesLines: question.separatesLines, foldsRecursion: presentation.foldsRecursion)
    return Names(
      stacks: stacks, diagnostics: symbolizer.diagnostics, count: group.profile.stacks.count)
  }

  /// All blocks of the traces.
  private func group() throws(AnalysisError) -> ProfileGroup {
    var options = LoadOptions()
    if traces.files.count > Self.manyTraces { options.timelinePoints = 200 }
    let sizes = traces.files.map(Self.size)
    let builder = try observer.during(activity) { progress in
      var builder = ProfileGroupBuilder()
      var reading = GroupProgress(bytesTotal: sizes.reduce(0, &+), progress)
      for (path, bytes) in zip(traces.files, sizes) {
        do throws(TraceError) {
          builder.add(
            try HeapProfile.load(path: path, options: options) { reading.show($0) }, path: path)
        } catch {
          builder.add(unreadable: path, cause: error.description)
        }
        reading.goOn(afterBytes: bytes)
      }
      return builder
    }
    guard !builder.isEmpty else { throw .nothingReadable }
    return builder.group()
  }

  private static func size(_ path: String) -> UInt64 {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
  }
}

extension GroupQuery {
  /// A question about the traces in some files.
  fileprivate init(
    _ question: RunQuestion, _ presentation: StackPresentation, _ files: [String]
  ) {
    self.init(question, presentation)
    for path in files { add(path) }
  }
}
