import Foundation
import Testing

/// Compares text with a file beside the tests.
///
/// With `MEMTRACE_UPDATE_GOLDEN=1` in the environment the files are written instead; the
/// difference is then read in version control.
func expectGolden(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let url = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden").appending(path: name)
  if ProcessInfo.processInfo.environment["MEMTRACE_UPDATE_GOLDEN"] == "1" {
    try Data(text.utf8).write(to: url)
    return
  }
  let expected = String(decoding: try Data(contentsOf: url), as: UTF8.self)
  guard text != expected else { return }
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let number = zip(lines, expectedLines).prefix { $0 == $1 }.count
  let found = number < lines.count ? lines[number] : "end of text"
  let wanted = number < expectedLines.count ? expectedLines[number] : "end of text"
  Issue.record(
    "\(name), line \(number + 1):\n  expected \(wanted)\n  found    \(found)",
    sourceLocation: sourceLocation)
}
