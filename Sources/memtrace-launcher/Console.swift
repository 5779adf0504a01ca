import Glibc

/// What the launcher says itself: single lines on stderr, led by its name, so that they cannot be
/// taken for the output of the program that it runs.
enum Console {
  /// Writes one line. Control characters of paths and names are shown escaped: a terminal must
  /// not obey a file name.
  static func note(_ message: String) {
    var line = "memtrace: "
    for scalar in message.unicodeScalars {
      if scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) {
        line += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
    write(line + "\n")
  }

  /// Writes what is wrong with the command line, and how it is used.
  static func explain(_ usage: String) { write(usage + "\n") }

  private static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written < 0 && errno != EINTR { return }
      bytes = bytes.dropFirst(max(written, 0))
    }
  }
}
