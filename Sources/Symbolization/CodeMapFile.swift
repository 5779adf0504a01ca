import Glibc

/// Reads maps of JIT-compiled code that stand in files.
public enum CodeMapFile {
  private static let bytesMax: Int64 = 1 << 30

  /// The text of a map that the user named; nil, with `errno` set, when it is no regular file or
  /// cannot be read.
  public static func text(at path: String) -> [UInt8]? {
    read(path, flags: 0) { _ in true }
  }

  /// The text of the map that a process left behind, if what stands there is its own: a regular
  /// file of the same owner, not reached through a symbolic link, written last while it ran.
  /// Times are nanoseconds since 1970.
  public static func text(
    ofProcess pid: UInt32, owner: UInt32, writtenIn times: ClosedRange<Int64>
  ) -> [UInt8]? {
    read("/tmp/perf-\(pid).map", flags: O_NOFOLLOW) { status in
      let time = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
      return status.st_uid == owner && times.contains(time)
    }
  }

  private static func read(
    _ path: String, flags: Int32, where isWanted: (stat) -> Bool
  ) -> [UInt8]? {
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
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0, Int64(text.count + count) <= bytesMax else { return nil }
      if count == 0 { return text }
      text.append(contentsOf: buffer[..<count])
    }
  }
}
