import Aggregation
import Analysis
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

  func validate() throws {
    let named =
      debugPaths.map { ("--debug-path", $0) } + modulePaths.map { ("--module-path", $0) }
      + (systemRoot.map { [("--sysroot", $0)] } ?? [])
    for (option, path) in named {
      var status = stat()
      guard stat(path, &status) == 0 else {
        throw ValidationError("\(option) \(path): \(String(cString: strerror(errno))).")
      }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw ValidationError("\(option) \(path): not a directory.")
      }
    }
  }

  /// Stacks with the symbols that are found where the options say.
  ///
  /// - Throws: `CommandFailure` with status 2 if the code map cannot be read.
  func presentation() throws -> StackPresentation {
    var presentation = StackPresentation()
    presentation.symbolizer = symbolizerOptions
    presentation.codeMap = try codeMapText()
    return presentation
  }

  /// Where to look for symbols, but for code maps.
  private var symbolizerOptions: SymbolizerOptions {
    var options = SymbolizerOptions()
    options.debugDirectories = debugPaths + options.debugDirectories
    options.modulePaths = modulePaths
    options.systemRoot = systemRoot
    options.readsLines = !omitsLines
    let progress = ProgressLine("downloading debug information")
    options.downloadObserver = { download in
      guard let download else { return progress.clear() }
      progress.show(
        LoadProgress(
          bytesRead: UInt64(download.bytes),
          bytesTotal: UInt64(download.totalBytes ?? download.bytes), events: 0))
    }
    return options
  }

  /// The text of the code map that was named, if one was.
  ///
  /// - Throws: `CommandFailure` with status 2 if it cannot be read.
  private func codeMapText() throws -> [UInt8]? {
    guard let codeMap else { return nil }
    guard let text = CodeMapFile.text(at: codeMap) else {
      let cause = errno == EINVAL ? "not a regular file" : String(cString: strerror(errno))
      throw CommandFailure("cannot read \(codeMap): \(cause)", status: .usage)
    }
    return text
  }
}
