import ArgumentParser
import Glibc
import Symbolization

/// Where names, files and lines come from.
struct SymbolOptions: ParsableArguments {
  @Option(
    name: .customLong("debug-path"),
    help: ArgumentHelp(
      "Directory with separate debug files, as /usr/lib/debug is laid out; may be repeated.",
      valueName: "directory"),
    completion: .directory)
  var debugPaths: [String] = []

  @Option(
    name: .customLong("module-path"),
    help: ArgumentHelp(
      "Directory with the program and its libraries, by name; may be repeated.",
      valueName: "directory"),
    completion: .directory)
  var modulePaths: [String] = []

  @Option(
    name: .customLong("sysroot"),
    help: ArgumentHelp(
      "Directory that holds the recorded machine's files.", valueName: "directory"),
    completion: .directory)
  var systemRoot: String?

  @Option(
    name: .customLong("code-map"),
    help: ArgumentHelp(
      "Map of code that was compiled at run time, as in /tmp/perf-PID.map.", valueName: "file"),
    completion: .file())
  var codeMap: String?

  @Flag(
    name: .customLong("no-lines"), help: "Function names only, without files and lines: faster.")
  var omitsLines = false

  /// Where to look for symbols.
  ///
  /// - Throws: `CommandFailure` with status 2 if the code map cannot be read.
  func symbolizerOptions() throws -> SymbolizerOptions {
    var options = SymbolizerOptions()
    options.debugDirectories = debugPaths + options.debugDirectories
    options.modulePaths = modulePaths
    options.systemRoot = systemRoot
    options.readsLines = !omitsLines
    if let codeMap {
      guard let text = CodeMapFile.text(at: codeMap) else {
        let cause = errno == EINVAL ? "not a regular file" : String(cString: strerror(errno))
        throw CommandFailure("cannot read \(codeMap): \(cause)", status: .usage)
      }
      options.codeMap = text
    }
    return options
  }
}
