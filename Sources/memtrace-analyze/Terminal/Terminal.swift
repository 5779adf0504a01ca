import Glibc

/// What can be known about where standard output goes.
enum Terminal {
  /// Whether standard output is a terminal.
  static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The terminal's width in columns: what it says itself, else `COLUMNS`; nil if neither does.
  static var columns: Int? {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return environment("COLUMNS").flatMap { Int($0) }
  }

  /// The terminal's height in lines; nil if standard output is none.
  static var lines: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return nil }
    return Int(size.ws_row)
  }

  /// Whether standard output is a terminal that shows more than ASCII, by the user's locale.
  static var drawsUnicode: Bool {
    isOutput && locale != nil && !isASCII
  }

  /// Whether the user's locale has ASCII alone. Where none is set, as in a service, nothing is known
  /// of who reads.
  static var isASCII: Bool {
    guard let name = locale?.lowercased() else { return false }
    return !name.contains("utf-8") && !name.contains("utf8")
  }

  private static var locale: String? {
    environment("LC_ALL") ?? environment("LC_CTYPE") ?? environment("LANG")
  }

  /// Whether the terminal can be drawn on anywhere.
  static var wantsWholeScreen: Bool {
    isOutput && isatty(STDIN_FILENO) == 1 && environment("TERM") != "dumb"
  }

  /// Whether the terminal and its user want bold and colour (see no-color.org).
  static var wantsDecoration: Bool {
    isOutput && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
  }

  /// A variable's value; nil if it is unset or empty.
  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
