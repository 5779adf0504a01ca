import Glibc

/// A small text that the user wrote, read whole.
struct TextFile {
  private static let bytesMax = 1 << 20

  let path: String
  let text: String

  /// Reads the file; nil if nothing stands at the path.
  ///
  /// - Throws: `CommandFailure` with status 2 if it is no text file of a sensible size.
  static func readIfPresent(_ path: String) throws -> TextFile? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw failure(path, String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw failure(path, "not a regular file")
    }
    guard let text = String(validating: try bytes(of: descriptor, path), as: UTF8.self) else {
      throw failure(path, "not UTF-8 text")
    }
    return TextFile(path: path, text: text)
  }

  /// Reads the file, which must be there.
  ///
  /// - Throws: `CommandFailure` with status 2.
  static func read(_ path: String) throws -> TextFile {
    guard let file = try readIfPresent(path) else { throw failure(path, "no such file") }
    return file
  }

  private static func bytes(of descriptor: Int32, _ path: String) throws -> ArraySlice<UInt8> {
    var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
    var count = 0
    while count < bytes.count {
      let added = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
      }
      if added < 0, errno == EINTR { continue }
      guard added >= 0 else { throw failure(path, String(cString: strerror(errno))) }
      if added == 0 { return bytes[..<count] }
      count += added
    }
    throw failure(path, "larger than \(bytesMax) bytes")
  }

  private static func failure(_ path: String, _ cause: String) -> CommandFailure {
    CommandFailure("cannot read \(path): \(cause)", status: .usage)
  }
}
