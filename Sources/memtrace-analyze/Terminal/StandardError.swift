import Glibc
import Reports

/// Messages to the user, apart from the report.
enum StandardError {
  /// Whether a person is likely to read along.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Writes one message and ends its line. Line breaks within it are kept.
  static func write(_ message: String) {
    let safe = message.split(separator: "\n", omittingEmptySubsequences: false)
      .map { SafeText.sanitized(String($0)) }
    writeRaw(safe.joined(separator: "\n") + "\n")
  }

  /// Says what of a trace is damaged, and what a filter could not decide or did not find, where the report
  /// itself has no place for remarks.
  static func write(shortcomingsOf trace: AnalyzedTrace) {
    let kinds: Set<Notice.Kind> = [.filterUnsure, .patternUnmatched]
    write(trace.notices.filter { $0.severity == .damage || kinds.contains($0.kind) })
  }

  /// Writes notices, a line each.
  static func write(_ notices: [Notice]) {
    for notice in notices { write("memtrace-analyze: \(notice.message)") }
  }

  /// Writes text that may hold cursor movements of our own.
  static func writeRaw(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      // There is nobody left to tell.
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
