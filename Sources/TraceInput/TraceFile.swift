import CTraceFormat
import TraceFormat

/// An opened trace: its bytes and its header. Where every reader starts.
public struct TraceFile: Sendable {
  public let source: any TraceSource
  public let header: TraceHeader

  /// Reads and checks the file header.
  ///
  /// - Throws: `TraceError`, see `TraceHeader.init(bytes:)`.
  public init(source: any TraceSource) throws(TraceError) {
    self.source = source
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(MT_FILE_HEADER_BYTES), alignment: 8)
    defer { buffer.deallocate() }
    do throws(TraceError) {
      let count = try source.read(at: 0, into: buffer)
      header = try TraceHeader(bytes: UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
    } catch {
      throw error.named(source.name)
    }
  }

  /// Opens the trace at a path.
  public init(path: String) throws(TraceError) {
    try self.init(source: try FileSource(path: path))
  }

  /// Where the live region stands in the file; empty if the trace has none.
  public var liveRegion: Range<UInt64> {
    let start = header.liveOffset
    let (end, overflow) = start.addingReportingOverflow(header.liveBytes)
    guard header.liveBytes > 0, !overflow, start >= header.headerBytes else { return 0..<0 }
    return start..<end
  }

  /// Whether a chunk is the first of an index whose writing was cut short: the header does not count
  /// it yet.
  func isUnfinishedIndex(_ chunk: TraceChunk) -> Bool {
    header.isClosed && chunk.offset == header.chunkEnd && chunk.kind == .checkpoint
  }
}

extension TraceError {
  /// The same error with the file's name, if it has none yet.
  public func named(_ name: String) -> TraceError {
    var error = self
    if error.file.isEmpty { error.file = name }
    return error
  }
}
