import CTraceFormat
import Glibc

/// A trace file, known by its header alone. Reading the rest is the analyzer's work.
struct RecordedTrace {
  let path: String
  let sizeBytes: Int64
  let process: pid_t
  let rootProcess: pid_t
  /// Nanoseconds since 1970.
  let startedAt: Int64
  let isClosed: Bool
  let nonce: [UInt8]
  private let header: mt_file_header

  /// Reads the header of the file at `path`; nil if it is no trace of this format.
  init?(path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var header = mt_file_header()
    let count = withUnsafeMutableBytes(of: &header) { read(descriptor, $0.baseAddress, $0.count) }
    var status = stat()
    guard count == MemoryLayout<mt_file_header>.size, fstat(descriptor, &status) == 0,
      withUnsafeBytes(of: header.magic, { $0.elementsEqual(MT_FILE_MAGIC.utf8) }),
      header.version_major <= MT_FORMAT_VERSION_MAJOR
    else { return nil }
    self.header = header
    self.path = path
    // An unclosed trace has holes for what was never written.
    sizeBytes = min(Int64(status.st_size), Int64(status.st_blocks) * 512)
    process = pid_t(header.pid)
    rootProcess = pid_t(header.root_pid)
    startedAt = header.start_realtime_ns
    isClosed = header.closed != 0
    nonce = withUnsafeBytes(of: header.nonce) { Array($0) }
  }

  /// Writes into the trace how the program ended where only its parent can know: by a signal, or by
  /// a system call that passed the C library. The live region has a field for it; a trace that was
  /// closed in good order needs no word from us.
  func note(_ ending: Ending) {
    // By now the live region is in the trace, if it was not before.
    guard let header = RecordedTrace(path: path)?.header, header.closed == 0,
      header.live_offset > 0, let endOffset = MemoryLayout<mt_live_header>.offset(of: \.end)
    else { return }
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let liveOffset = off_t(header.live_offset)
    var live = mt_live_header()
    let size = MemoryLayout<mt_live_header>.size
    let count = withUnsafeMutableBytes(of: &live) {
      pread(descriptor, $0.baseAddress, size, liveOffset)
    }
    guard count == size, live.magic == UInt64(MT_LIVE_MAGIC),
      live.end.reason == MT_END_UNKNOWN.rawValue
    else { return }
    let (reason, status) =
      switch ending {
      case .exit(let code): (MT_END_EXIT_NOW, code)
      case .signal(let number): (MT_END_SIGNAL, number)
      }
    var end = mt_end(time_ns: endTime(live), reason: reason.rawValue, status: status)
    _ = withUnsafeBytes(of: &end) {
      pwrite(descriptor, $0.baseAddress, $0.count, liveOffset + off_t(endOffset))
    }
  }

  /// When the process ended: now, unless it was waited for long after that.
  private func endTime(_ live: mt_live_header) -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    return min(now &- header.start_monotonic_ns, live.clock_ns &+ UInt64(MT_LIVE_CLOCK_NS))
  }
}
