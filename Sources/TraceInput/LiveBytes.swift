import TraceFormat

/// Where the live region of an unclosed trace is read: in the trace itself, in the live file beside it,
/// or in a copy of either.
public struct LiveBytes: Sendable {
  let source: any TraceSource
  /// The region's part of the source.
  public let range: Range<UInt64>
  /// Of the live file, in the trace's folder; empty for a region within the trace.
  let fileName: String

  init(source: any TraceSource, range: Range<UInt64>, fileName: String = "") {
    self.source = source
    self.range = range
    self.fileName = fileName
  }

  /// Bytes from an offset in the region, fewer where it ends.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  func read(at offset: UInt64, count: Int) throws(TraceError) -> [UInt8] {
    guard offset < UInt64(range.count) else { return [] }
    let available = min(UInt64(count), UInt64(range.count) - offset)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(available), alignment: 8)
    defer { buffer.deallocate() }
    let filled = try source.read(at: range.lowerBound + offset, into: buffer)
    return Array(buffer.prefix(filled))
  }
}
