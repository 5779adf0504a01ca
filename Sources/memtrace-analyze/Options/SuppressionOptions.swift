import ArgumentParser
import Reports

/// Which leaks are not told.
struct SuppressionOptions: ParsableArguments {
  @Option(
    name: .customLong("suppressions"),
    help: ArgumentHelp(
      "File of lines leak:PATTERN, as LeakSanitizer reads them; may be repeated.",
      valueName: "file"),
    completion: .file())
  var files: [String] = []

  @Flag(
    name: .customLong("no-default-suppressions"),
    help: "Also tell what runtimes are known to allocate once and keep.")
  var omitsStandard = false

  /// The files' lines in their order, then the built-in ones.
  ///
  /// - Throws: `CommandFailure` with status 2 if a file cannot be read or is no such list.
  func list() throws -> LeakSuppressionList {
    var list = LeakSuppressionList()
    for path in files {
      let text = try TextFile.read(path).text
      do {
        try list.add(text)
      } catch {
        throw CommandFailure("\(path):\(error.line): \(error.cause)", status: .usage)
      }
    }
    if !omitsStandard { list.addStandard() }
    return list
  }
}
