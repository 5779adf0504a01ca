import Aggregation
import Reports
import Symbolization
import TraceFormat
import TraceInput

/// A run of one trace, read and prepared for reports.
struct SingleTrace {
  private let path: String
  private let presentation: StackPresentation
  private let observer: AnalysisObserver

  init(_ path: String, _ presentation: StackPresentation, _ observer: AnalysisObserver) {
    self.path = path
    self.presentation = presentation
    self.observer = observer
  }

  /// Reads and symbolizes the trace.
  func answer(_ question: RunQuestion) throws(AnalysisError) -> AnalyzedRun {
    guard !question.needsQuery else {
      let opened = try open(question)
      let asked = self.question(question, opened)
      guard asked.series != nil || asked.lives != nil else {
        return AnalyzedRun(
          trace: analyzed(try read(opened.trace, opened.query), opened, question),
          times: opened.trace.times,
          parts: [AnalyzedRun.Part(path: path, query: opened.query, trace: opened.trace)])
      }
      let found = try observer.during(.reading(path: path)) { progress in
        try opened.trace.survey(opened.query, asked, progress: progress)
      }
      let trace = opened.trace.knowing(found.profile.marks)
      var run = AnalyzedRun(
        trace: analyzed(found.profile, opened, question), times: trace.times,
        parts: [AnalyzedRun.Part(path: path, query: opened.query, trace: trace)])
      if let series = asked.series, let set = found.series { run.followed = (series, set) }
      run.lives = found.lives
      return run
    }
    let profile = try profile()
    let symbolizer = try symbolizer(
      profile.modules, profile.process.durationNanoseconds, namesPackages: question.namesPackages)
    let relatives =
      question.findsRelatives ? RelatedTraces(observer).find(besides: path, of: profile) : []
    return AnalyzedRun(
      trace: AnalyzedTrace(
        path: path, profile: profile, symbolizer: symbolizer, rules: presentation.rules,
        keepsAllFrames: presentation.keepsAllFrames && question.showsStacks,
        separatesLines: question.separatesLines, foldsRecursion: presentation.foldsRecursion,
        relatives: relatives))
  }

  /// What can be asked in one reading with the costs of all blocks. Which groups of many stacks are
  /// judged for growth is known by their costs alone.
  private func question(_ question: RunQuestion, _ opened: OpenedTrace) -> HeapSurvey.Question {
    var asked = HeapSurvey.Question()
    guard question.filter.isEmpty, opened.query.countsAll else { return asked }
    if question.judgesGrowth {
      asked.series = GrowthGroups.question(
        about: opened.trace.stacksOfBlocks, in: opened.names,
        windows: GrowthAnalysis.windows(ofNanoseconds: opened.trace.durationNanoseconds))
    }
    asked.lives = question.lifeIntervals.map {
      HeapLives.Question(
        groupOfStack: opened.names.placeGroups, groups: opened.names.placeGroupCount, intervals: $0)
    }
    return asked
  }

  /// The trace twice, with what is live at each end of the window as its blocks.
  func moments(
    _ question: RunQuestion
  ) throws(AnalysisError) -> (before: AnalyzedTrace, after: AnalyzedTrace) {
    let opened = try open(question)
    func side(until moment: UInt64, _ name: TimePoint?) throws(AnalysisError) -> AnalyzedTrace {
      var query = opened.query
      query.window = 0..<moment
      query.choice = .live
      return analyzed(try read(opened.trace, query), opened, question.at(name))
    }
    let window = (question.filter.window, opened.query.window)
    return (
      try side(until: window.1.lowerBound, window.0.start),
      try side(until: window.1.upperBound, window.0.end)
    )
  }

  private func analyzed(
    _ profile: HeapProfile, _ opened: OpenedTrace, _ question: RunQuestion
  ) -> AnalyzedTrace {
    AnalyzedTrace(
      path: path, answer: profile, stacks: opened.names, symbolization: opened.symbolization,
      filter: question.filter)
  }

  /// Opens the trace for a question. Names come first: they tell which stacks are wanted, and which
  /// of them are one. What is wanted goes by the frames that the rules show, whether or not all frames
  /// are kept in the report.
  func open(_ question: RunQuestion) throws(AnalysisError) -> OpenedTrace {
    let file = try AnalysisError.mapping { try TraceFile(path: path) }
    // The length of a run that was not ended is that of its events.
    let readsMarks = question.needsMarks || !file.header.isClosed
    let trace = try observer.during(.readingMarks(path: path)) { progress in
      try HeapTrace(file, readsMarks: readsMarks, progress: progress)
    }
    let symbolizer = try symbolizer(trace.modules, trace.durationNanoseconds)
    func names(keepsAllFrames: Bool) -> PresentedStacks {
      PresentedStacks(
        of: trace.stacks, modules: trace.modules, symbolizer: symbolizer,
        rules: presentation.rules, keepsAllFrames: keepsAllFrames,
        separatesLines: question.separatesLines, foldsRecursion: presentation.foldsRecursion)
    }
    let shown = names(keepsAllFrames: false)
    var query = try AnalysisError.mapping { try question.filter.query(in: trace, shown) }
    if let bytes = question.filter.minimumBytes {
      query.grouping = .groups(shown.groups)
      query.stacks = shown.stacks(of: try read(trace, query).costs, from: bytes)
    }
    let keepsAllFrames = presentation.keepsAllFrames && question.showsStacks
    let reported = keepsAllFrames ? names(keepsAllFrames: true) : shown
    query.grouping = question.grouping(reported)
    query.ownPeakGroups = question.ownPeakGroups(reported)
    return OpenedTrace(
      trace: trace, names: reported, query: query, symbolization: symbolizer.diagnostics)
  }

  /// Reads the whole trace.
  func profile() throws(AnalysisError) -> HeapProfile {
    try observer.during(.reading(path: path)) { progress in
      try HeapProfile.load(path: path, progress: progress)
    }
  }

  /// Reads the blocks that a query counts.
  private func read(_ trace: HeapTrace, _ query: HeapQuery) throws(AnalysisError) -> HeapProfile {
    try observer.during(.reading(path: path)) { progress in
      try trace.profile(query, progress: progress)
    }
  }

  private func symbolizer(
    _ modules: [Module], _ durationNanoseconds: UInt64, namesPackages: Bool = false
  ) throws(AnalysisError) -> any Symbolizing {
    try AnalysisError.mapping {
      try TraceSymbolizer.make(
        path, modules: modules, durationNanoseconds: durationNanoseconds, presentation,
        namesPackages: namesPackages)
    }
  }
}
