import CTraceFormat
import Glibc
import TraceFormat

/// Why a file that was a trace is none any more: somebody truncated it, or copied another file over it,
/// while it was recorded. The recorder has stopped then, and what is left of its live file says so.
enum StoppedTrace {
  /// The error, with that reason if there is one.
  static func explain(_ error: TraceError, _ path: String) -> TraceError {
    var status = stat()
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? "./"
    guard stat(path, &status) == 0, let directory = opendir(folder) else { return error }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasPrefix("."), name.hasSuffix(".live"), let live = header(of: folder + name),
        live.trace_device == UInt64(status.st_dev), live.trace_inode == UInt64(status.st_ino),
        live.end.reason == MT_END_STOPPED.rawValue,
        let stop = RecordingStop(status: live.end.status)
      else { continue }
      return TraceError(
        kind: error.kind, file: error.file, offset: error.offset,
        cause: "\(error.cause); \(stop.text), as \(name) says")
    }
    return error
  }

  private static func header(of path: String) -> mt_live_header? {
    guard let source = try? FileSource(path: path, opening: .live) else { return nil }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
    defer { buffer.deallocate() }
    guard let count = try? source.read(at: 0, into: buffer),
      let live = LiveHeader(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)), major: 2),
      live.header.magic == UInt64(MT_LIVE_MAGIC)
    else { return nil }
    return live.header
  }
}
