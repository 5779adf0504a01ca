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

  /// What a file is opened as.
  enum Opening {
    case trace
    /// A live file, which is under no link, and whose recorder may have to be waited for.
    case live
  }

  /// Opens a file for reading.
  ///
  /// - Throws: `TraceError` of kind `unreadable` for everything that is not a readable regular
  ///   file.
  public convenience init(path: String) throws(TraceError) {
    try self.init(path: path, opening: .trace)
  }

  init(path: String, opening: Opening) throws(TraceError) {
    name = path
    descriptor = opening == .trace ? Self.open(path) : Self.openLive(path)
    guard descriptor >= 0 else {
      throw TraceError(kind: .unreadable, file: path, cause: Self.cause(errno, opening))
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

  /// Whether a recorder, of whichever pid namespace, may still write to the file: it keeps a lock on
  /// each of its files for that long.
  var isLocked: Bool {
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    let getLock: Int32 = 36  // F_OFD_GETLK
    return fcntl(descriptor, getLock, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
  }

  private static func open(_ path: String, _ flags: Int32 = 0) -> Int32 {
    Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags)
  }

  /// A recorder that is at work has a lease on its live file: the kernel asks it first, and it agrees
  /// within some milliseconds, unless it is stopped.
  private static func openLive(_ path: String) -> Int32 {
    for _ in 0..<400 {
      let descriptor = open(path, O_NOFOLLOW)
      guard descriptor < 0, errno == EWOULDBLOCK else { return descriptor }
      usleep(5000)
    }
    errno = EWOULDBLOCK
    return -1
  }

  private static func cause(_ number: Int32, _ opening: Opening) -> String {
    guard opening == .live else { return String(cString: strerror(number)) }
    return switch number {
    case ENOENT: "is not beside it"
    case EWOULDBLOCK: "is kept by its program, which does not answer: is it stopped?"
    default: "cannot be read: " + String(cString: strerror(number))
    }
  }

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
