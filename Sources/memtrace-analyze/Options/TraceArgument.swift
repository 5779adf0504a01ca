import ArgumentParser
import Reports

/// The trace that a command reads.
struct TraceArgument: ParsableArguments {
  static let defaultPath = SummaryReport.defaultPath

  @Argument(
    help: ArgumentHelp("The trace to read (default: ./\(defaultPath)).", valueName: "trace"),
    completion: .file(extensions: ["bin"]))
  var path: String?
}
