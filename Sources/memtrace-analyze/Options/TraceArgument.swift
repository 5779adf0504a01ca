import Analysis
import ArgumentParser
import Reports

/// The trace, or the traces, that a command reads.
struct TraceArgument: ParsableArguments {
  static let defaultPath = SummaryReport.defaultPath

  @Argument(
    help: ArgumentHelp(
      "The trace to read, several of one run, or a directory of them (default: ./\(defaultPath)).",
      valueName: "trace"),
    completion: .file(extensions: ["bin"]))
  var paths: [String] = []

  /// The one trace that is meant, for a command about one process.
  ///
  /// - Throws: `CommandFailure` with status 2 if there are several, which are then listed, or none.
  func single(for command: String) throws -> String {
    do throws(AnalysisError) {
      return try RunTraces(paths, .onStandardError).single()
    } catch {
      throw CommandFailure(error, command: command)
    }
  }
}
