import Glibc

/// Ctrl-C while a progress line stands: the line goes, then the signal does what it always does,
/// which a shell sees as status 130. Nothing of a report was written by then.
enum Interruption {
  /// From now on an interruption takes the progress line away.
  static func clearsLine() {
    signal(SIGINT) { number in
      // Only what a signal handler may do.
      let clear: StaticString = "\r\u{1b}[2K"
      _ = write(STDERR_FILENO, clear.utf8Start, clear.utf8CodeUnitCount)
      signal(number, SIG_DFL)
      raise(number)
    }
  }
}
