import Aggregation
import Reports
import Symbolization
import TraceFormat

/// Reads a trace and prepares it for the reports.
enum TraceLoader {
  /// Reads and symbolizes the trace at a path; with `keepsAllFrames` the rules cut no stack.
  ///
  /// - Throws: `CommandFailure`: status 2 if the file cannot be read at all, 65 if it is no trace
  ///   or damaged beyond use.
  static func analyze(
    _ path: String, stacks: StackOptions, keepsAllFrames: Bool = false,
    findsRelatives: Bool = false
  ) throws -> AnalyzedTrace {
    let rules = try stacks.rules.load()
    let profile = try self.profile(path)
    let symbolizer = Symbolizer(
      modules: profile.modules.map(ModuleImage.init), options: stacks.symbolizerOptions)
    let relatives = findsRelatives ? RelatedTraces.find(besides: path, of: profile) : []
    return AnalyzedTrace(
      path: path, profile: profile, symbolizer: symbolizer, rules: rules,
      keepsAllFrames: keepsAllFrames, relatives: relatives)
  }

  private static func profile(_ path: String) throws -> HeapProfile {
    let progress = ProgressLine("reading \(path)")
    defer { progress.clear() }
    do {
      return try HeapProfile.load(path: path) { progress.show($0) }
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
