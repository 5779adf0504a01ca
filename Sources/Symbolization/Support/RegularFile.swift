import Glibc

/// Reads files that are small beside memory, and nothing that is no file.
enum RegularFile {
  /// The contents of a regular file; nil, with `errno` set, when it is none, larger than
  /// `bytesMax`, unwanted or cannot be read.
  static func bytes(
    at path: String, bytesMax: Int, flags: Int32 = 0, where isWanted: (stat) -> Bool = { _ in true }
  ) -> [UInt8]? {
    // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= bytesMax, isWanted(status)
    else {
      errno = EINVAL
      return nil
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size))
    // One byte more than expected tells the end.
    var buffer = [UInt8](repeating: 0, count: min(1 << 18, Int(status.st_size) + 1))
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0, bytes.count + count <= bytesMax else { return nil }
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
    }
  }
}
