import Glibc

/// Reads maps of JIT-compiled code that stand in files.
public enum CodeMapFile {
  private static let bytesMax = 1 << 30

  /// The text of a map that the user named; nil, with `errno` set, when it is no regular file or
  /// cannot be read.
  public static func text(at path: String) -> [UInt8]? {
    RegularFile.bytes(at: path, bytesMax: bytesMax)
  }

  /// The text of the map that a process left behind, if what stands there is its own: a regular
  /// file of the same owner, not reached through a symbolic link, written last while it ran.
  /// Times are nanoseconds since 1970.
  public static func text(
    ofProcess pid: UInt32, owner: UInt32, writtenIn times: ClosedRange<Int64>
  ) -> [UInt8]? {
    RegularFile.bytes(at: "/tmp/perf-\(pid).map", bytesMax: bytesMax, flags: O_NOFOLLOW) { status in
      let time = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
      return status.st_uid == owner && times.contains(time)
    }
  }
}
