import ArgumentParser
import Reports

/// The trace that a command reads; some commands read several.
struct TraceArgument: ParsableArguments {
  static let defaultPath = SummaryReport.defaultPath

  @Argument(
    help: ArgumentHelp(
      "The trace to read (default: ./\(defaultPath)). summary, top, leaks, flamegraph, folded and "
        + "export take several, or a directory of them.",
      valueName: "trace"),
    completion: .file(extensions: ["bin"]))
  var paths: [String] = []

  /// The one trace named, nil if there is none.
  ///
  /// - Throws: `CommandFailure` with status 2 if there are several.
  func single() throws -> String? {
    guard paths.count <= 1 else {
      throw CommandFailure("this command reads one trace at a time", status: .usage)
    }
    return paths.first
  }
}
