import ArgumentParser
import Reports
import Symbolization

/// How stacks are made readable: shared by every command that shows some.
struct StackOptions: ParsableArguments {
  @OptionGroup var rules: RuleOptions

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

  var symbolizerOptions: SymbolizerOptions {
    var options = SymbolizerOptions()
    options.debugDirectories = debugPaths + options.debugDirectories
    options.modulePaths = modulePaths
    options.systemRoot = systemRoot
    options.readsLines = !omitsLines
    options.codeMapPath = codeMap
    return options
  }
}
