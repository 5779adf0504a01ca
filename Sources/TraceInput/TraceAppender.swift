import CTraceFormat
import Glibc
import TraceFormat

/// Adds an index to the end of a closed trace. Until `finish` a reader sees the trace as it was; what
/// was added by then and not finished is taken away again, by the next addition if need be.
public final class TraceAppender {
  private let path: String
  private let descriptor: Int32
  private let start: UInt64
  private var end: UInt64
  private var isFinished = false

  /// Opens a closed trace for appending.
  ///
  /// - Throws: `TraceError` of kind `unreadable` if the file cannot be written or has no end to add
  ///   to.
  public init(_ file: TraceFile) throws(TraceError) {
    path = file.source.name
    guard file.header.isClosed else {
      throw TraceError(
        kind: .unreadable, file: path,
        cause: "the trace was not closed: it is still being written, or its program was killed")
    }
    start = file.header.chunkEnd
    end = start
    // An earlier addition may have been cut short.
    let header = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(TraceChunk.headerBytes), alignment: 8)
    defer { header.deallocate() }
    let count = try file.source.read(at: start, into: header)
    let next = TraceChunk(
      header: UnsafeRawBufferPointer(rebasing: header.prefix(count)), offset: start)
    let isCutShort = next.map(file.isUnfinishedIndex) ?? false
    guard file.source.byteCount == start || isCutShort, start.isMultiple(of: 8) else {
      throw TraceError(
        kind: .unreadable, file: path, cause: "the file does not end where its chunks end")
    }
    descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw TraceError(
        kind: .unreadable, file: path,
        cause: "cannot be written: " + String(cString: strerror(errno)))
    }
    if isCutShort { _ = ftruncate(descriptor, Int(start)) }
  }

  deinit {
    if !isFinished { _ = ftruncate(descriptor, Int(start)) }
    close(descriptor)
  }

  /// Bytes added so far.
  public var addedBytes: UInt64 { end - start }

  /// Adds a chunk.
  ///
  /// - Throws: `TraceError` of kind `unreadable`, when the disk is full for one.
  public func append(_ type: mt_chunk_type, _ payload: [UInt8]) throws(TraceError) {
    let chunk = ChunkEncoder.encode(type, payload)
    try write(chunk, at: end)
    end += UInt64(chunk.count)
  }

  /// Makes what was added part of the trace.
  public func finish() throws(TraceError) {
    guard fsync(descriptor) == 0 else { throw failure() }
    let place = MemoryLayout<mt_file_header>.offset(of: \.chunk_end) ?? 0
    try write(withUnsafeBytes(of: end) { Array($0) }, at: UInt64(place))
    isFinished = true
  }

  private func write(_ bytes: [UInt8], at offset: UInt64) throws(TraceError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(
          descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done,
          Int(offset) + done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      done += count
    }
  }

  private func failure() -> TraceError {
    TraceError(
      kind: .unreadable, file: path, cause: "cannot be written: " + String(cString: strerror(errno))
    )
  }
}
