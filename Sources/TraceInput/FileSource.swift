import Glibc
import TraceFormat

/// A trace in a regular file.
///
/// Read with `pread`, not mapped: a file that is cut while it is read gives an error instead of
/// SIGBUS, and the pages of a long trace do not count as this program's memory. Measured against
/// the decoder's work the copy costs nothing.
public final class FileSource: TraceSource {
  public let name: String
  public let byteCount: UInt64
  public let storedByteCount: UInt64
  private let descriptor: Int32

  /// Opens a file for reading.
  ///
  /// - Throws: `TraceError` of kind `unreadable` for everything that is not a readable regular
  ///   file.
  public init(path: String) throws(TraceError) {
    name = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      throw TraceError(kind: .unreadable, file: path, cause: String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw TraceError(kind: .unreadable, file: path, cause: "not a regular file")
    }
    byteCount = UInt64(max(0, status.st_size))
    storedByteCount = min(byteCount, UInt64(max(0, status.st_blocks)) * 512)
  }

  deinit { close(descriptor) }

  public func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(TraceError) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, base + done, buffer.count - done, Int(clamping: offset) + done)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw TraceError(
          kind: .unreadable, file: name, offset: offset,
          cause: String(cString: strerror(errno)))
      }
      if count == 0 { break }
      done += count
    }
    return done
  }
}
