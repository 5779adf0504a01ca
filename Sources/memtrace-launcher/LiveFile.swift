import CTraceFormat
import Glibc

/// A file that holds the live region of a trace beside it, known by its header alone.
struct LiveFile {
  let path: String
  let header: mt_live_header
  /// Whether the process that writes it is still there.
  let isInUse: Bool

  /// Reads the header of the file at `path`; nil if it is no live file of this user's.
  init?(path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    var header = mt_live_header()
    let count = withUnsafeMutableBytes(of: &header) { read(descriptor, $0.baseAddress, $0.count) }
    guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(),
      count == MemoryLayout<mt_live_header>.size, header.magic == UInt64(MT_LIVE_MAGIC)
    else { return nil }
    self.path = path
    self.header = header
    isInUse = FileLock.isHeld(by: descriptor)
  }

  var nonce: [UInt8] { withUnsafeBytes(of: header.nonce) { Array($0) } }

  /// Why its recorder stopped, if it was for what became of the trace.
  var stop: mt_stop? {
    guard header.end.reason == MT_END_STOPPED.rawValue else { return nil }
    let stop = mt_stop(rawValue: UInt32(bitPattern: header.end.status))
    return [MT_STOP_TRACE_CHANGED, MT_STOP_TRACE_REMOVED].first { $0 == stop }
  }

  func isOf(_ trace: stat) -> Bool {
    header.trace_device == UInt64(trace.st_dev) && header.trace_inode == UInt64(trace.st_ino)
  }
}

/// The lock that a recorder keeps on its files for as long as it can write to them.
enum FileLock {
  static func isHeld(by descriptor: Int32) -> Bool {
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    let getLock: Int32 = 36  // F_OFD_GETLK
    return fcntl(descriptor, getLock, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
  }

  /// Takes the lock, for as long as the descriptor is open. False if another has it.
  static func take(_ descriptor: Int32) -> Bool {
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    let setLock: Int32 = 37  // F_OFD_SETLK
    return fcntl(descriptor, setLock, &lock) == 0
  }
}
