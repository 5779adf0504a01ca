import Glibc

/// The report's way out: standard output, buffered.
///
/// A reader that leaves early (`| head`) is no error and ends the program quietly. Every other
/// failure to write is kept and thrown by `finish()`, which each command calls once at its end.
final class StandardOutput: TextOutputStream {
  private static let capacityBytes = 1 << 16
  private var buffer: [UInt8] = []
  private var failedWith: Int32?

  init() { buffer.reserveCapacity(Self.capacityBytes + 4096) }

  func write(_ string: String) {
    buffer.append(contentsOf: string.utf8)
    if buffer.count >= Self.capacityBytes { flush() }
  }

  /// Writes what is left in the buffer.
  ///
  /// - Throws: `CommandFailure` if any part of the report could not be written.
  func finish() throws {
    flush()
    guard let failedWith else { return }
    throw CommandFailure(
      "cannot write the report: \(String(cString: strerror(failedWith)))", status: .outputError)
  }

  private func flush() {
    defer { buffer.removeAll(keepingCapacity: true) }
    var rest = buffer[...]
    while !rest.isEmpty, failedWith == nil {
      let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno == EPIPE {
        exit(ExitStatus.success.rawValue)
      } else if errno != EINTR {
        failedWith = errno
      }
    }
  }
}
