import Aggregation
import Reports
import Symbolization
import TraceFormat
import TraceInput

/// Reads a trace and prepares it for the reports.
enum TraceLoader {
  /// Reads and symbolizes the trace at a path; with `keepsAllFrames` the rules cut no stack.
  ///
  /// - Throws: `CommandFailure`: status 2 if the file cannot be read at all, 65 if it is no trace
  ///   or damaged beyond use.
  static func analyze(
    _ path: String, stacks: StackOptions, question: TraceQuestion = TraceQuestion(),
    keepsAllFrames: Bool = false, findsRelatives: Bool = false
  ) throws -> AnalyzedRun {
    let keepsAllFrames = keepsAllFrames && question.showsStacks
    guard !question.needsQuery else {
      return try answer(question, path, stacks, keepsAllFrames: keepsAllFrames)
    }
    let rules = try stacks.rules.load()
    let profile = try self.profile(path)
    let symbolizer = try symbolizer(
      path, profile.modules, profile.process.durationNanoseconds, stacks.symbols,
      namesPackages: question.namesPackages)
    let relatives = findsRelatives ? RelatedTraces.find(besides: path, of: profile) : []
    let trace = AnalyzedTrace(
      path: path, profile: profile, symbolizer: symbolizer, rules: rules,
      keepsAllFrames: keepsAllFrames, separatesLines: question.separatesLines,
      foldsRecursion: stacks.rules.foldsRecursion, relatives: relatives)
    stacks.rules.reportUnmatched(in: trace.stacks)
    return AnalyzedRun(trace: trace)
  }

  private static func answer(
    _ question: TraceQuestion, _ path: String, _ stacks: StackOptions, keepsAllFrames: Bool
  ) throws -> AnalyzedRun {
    let opened = try open(question, path, stacks, keepsAllFrames: keepsAllFrames)
    let trace = AnalyzedTrace(
      path: path, answer: try read(opened.trace, opened.query), stacks: opened.names,
      symbolization: opened.symbolization, filter: question.filter)
    return AnalyzedRun(
      trace: trace,
      parts: [AnalyzedRun.Part(path: path, query: opened.query, trace: opened.trace)],
      times: opened.trace.times)
  }

  /// Opens a trace for a question. Names come first: they tell which stacks are wanted, and which
  /// of them are one. What is wanted goes by the frames that the rules show, whether or not
  /// `keepsAllFrames` keeps the others in the report.
  ///
  /// - Throws: `CommandFailure`: status 2 also if the filter names what is not in the trace.
  static func open(
    _ question: TraceQuestion, _ path: String, _ stacks: StackOptions, keepsAllFrames: Bool = false
  ) throws -> OpenedTrace {
    let rules = try stacks.rules.load()
    do {
      let file = try TraceFile(path: path)
      // The length of a run that was not ended is that of its events.
      let readsMarks = question.needsMarks || !file.header.isClosed
      let progress = ProgressLine("reading marks of \(path)")
      let trace = try HeapTrace(file, readsMarks: readsMarks) { progress.show($0) }
      progress.clear()
      let symbolizer = try symbolizer(
        path, trace.modules, trace.durationNanoseconds, stacks.symbols)
      func names(keepsAllFrames: Bool) -> PresentedStacks {
        PresentedStacks(
          of: trace.stacks, modules: trace.modules, symbolizer: symbolizer, rules: rules,
          keepsAllFrames: keepsAllFrames, separatesLines: question.separatesLines,
          foldsRecursion: stacks.rules.foldsRecursion)
      }
      let shown = names(keepsAllFrames: false)
      stacks.rules.reportUnmatched(in: shown)
      var query = try question.filter.query(in: trace, shown)
      if let bytes = question.filter.minimumBytes {
        query.grouping = .groups(shown.groups)
        query.stacks = shown.stacks(of: try read(trace, query).costs, from: bytes)
      }
      let reported = keepsAllFrames ? names(keepsAllFrames: true) : shown
      query.grouping = question.grouping(reported)
      query.ownPeakGroups = question.ownPeakGroups(reported)
      return OpenedTrace(
        trace: trace, names: reported, query: query, symbolization: symbolizer.diagnostics)
    } catch let error as TraceError {
      throw CommandFailure(error)
    } catch let error as FilterError {
      throw CommandFailure(error.description, status: .usage)
    }
  }

  /// Reads the blocks that a query counts.
  ///
  /// - Throws: `CommandFailure`, as `analyze`.
  static func read(_ trace: HeapTrace, _ query: HeapQuery) throws -> HeapProfile {
    try reading(trace.file.source.name) { progress throws(TraceError) in
      try trace.profile(query, progress: progress)
    }
  }

  /// Reads the whole trace at a path.
  ///
  /// - Throws: `CommandFailure`, as `analyze`.
  static func profile(_ path: String) throws -> HeapProfile {
    try reading(path) { progress throws(TraceError) in
      try HeapProfile.load(path: path, progress: progress)
    }
  }

  private static func symbolizer(
    _ path: String, _ modules: [Module], _ durationNanoseconds: UInt64, _ symbols: SymbolOptions,
    namesPackages: Bool = false
  ) throws -> any Symbolizing {
    do {
      return try TraceSymbolizer.make(
        path, modules: modules, durationNanoseconds: durationNanoseconds, symbols,
        namesPackages: namesPackages)
    } catch let error as TraceError {
      throw CommandFailure(error)
    }
  }

  private static func reading(
    _ path: String, _ body: ((@escaping (LoadProgress) -> Void)) throws(TraceError) -> HeapProfile
  ) throws -> HeapProfile {
    let progress = ProgressLine("reading \(path)")
    defer { progress.clear() }
    do {
      return try body { progress.show($0) }
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension CommandFailure {
  /// What a trace that cannot be read means for the command.
  init(_ error: TraceError) {
    self.init(
      error.description, status: error.kind == .unreadable ? .usage : .dataError)
  }
}
