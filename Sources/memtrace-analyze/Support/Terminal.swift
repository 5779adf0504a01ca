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
