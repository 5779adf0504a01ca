import Glibc

/// The whole terminal for a view that draws itself again and again: raw keys, the alternate screen, no
/// cursor. The terminal is given back however the program ends, but by SIGKILL.
///
/// There is one at a time.
public final class FullScreen {
  /// Why there can be none.
  public struct NoTerminal: Error {}

  /// What a signal handler needs to give the terminal back.
  private struct Saved {
    var attributes = termios()
    var isActive = false
  }

  /// Written while no handler can run that reads it: before handlers are set, and by the handlers.
  nonisolated(unsafe) private static var saved = Saved()

  private static let enterText = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[2J"
  /// Attributes off, cursor on, the screen from before.
  private static let leaveText: StaticString = "\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l"
  private static let endingSignals = [
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGILL, SIGTRAP, SIGBUS, SIGFPE,
  ]

  private var unread: [UInt8] = []
  private var drawn: [String] = []

  /// Takes the terminal.
  ///
  /// - Throws: `NoTerminal` if standard input or output is none.
  public init() throws(NoTerminal) {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1,
      tcgetattr(STDIN_FILENO, &Self.saved.attributes) == 0
    else { throw NoTerminal() }
    enter()
    for number in Self.endingSignals {
      signal(number) { number in
        FullScreen.leave()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    atexit { FullScreen.leave() }
  }

  deinit { Self.leave() }

  /// The terminal's size, at least one by one.
  public var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
    return (max(1, Int(size.ws_col)), max(1, Int(size.ws_row)))
  }

  /// Draws lines from the top; those that are as they were are left alone. No line may be wider than the
  /// terminal.
  public func draw(_ lines: [String], all: Bool = false) {
    var text = ""
    if all || drawn.count > lines.count { text += "\u{1b}[2J" }
    let known = text.isEmpty ? drawn : []
    for (row, line) in lines.enumerated() where row >= known.count || known[row] != line {
      text += "\u{1b}[\(row + 1);1H\(line)\u{1b}[0m\u{1b}[K"
    }
    drawn = lines
    Self.write(text)
  }

  /// The keys that come within so many milliseconds, at the earliest occasion; none if there are none.
  public func keys(withinMilliseconds timeout: Int32) -> [Key] {
    var polled = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard poll(&polled, 1, timeout) > 0 else {
      // What no more bytes follow was not the beginning of a sequence.
      let left = unread
      unread = []
      return left.isEmpty ? [] : [.escape]
    }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = read(STDIN_FILENO, &buffer, buffer.count)
    // The terminal is gone.
    guard count > 0 else { return [.control("c")] }
    let (keys, rest) = Key.parse(unread + buffer[..<count])
    unread = rest
    return keys
  }

  /// Gives the terminal back and stops the program, as Ctrl-Z does; goes on when it is continued.
  public func suspend() {
    Self.leave()
    signal(SIGTSTP, SIG_DFL)
    raise(SIGTSTP)
    enter()
    drawn = []
  }

  private func enter() {
    var raw = Self.saved.attributes
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
    raw.c_iflag &= ~tcflag_t(IXON | ICRNL)
    tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    Self.saved.isActive = true
    Self.write(Self.enterText)
  }

  /// Only what a signal handler may do.
  private static func leave() {
    guard saved.isActive else { return }
    saved.isActive = false
    _ = Glibc.write(STDOUT_FILENO, leaveText.utf8Start, leaveText.utf8CodeUnitCount)
    tcsetattr(STDIN_FILENO, TCSANOW, &saved.attributes)
  }

  private static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR || errno == EAGAIN { continue }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
