import TraceFormat

/// How much a trace may unpack to of what a reader keeps: facts, stacks, symbols. Compression makes
/// gigabytes of some kilobytes, and a reader needs several times as much for what it keeps of them.
///
/// Events are none of it: what is kept of them are live blocks, and those are not counted by bytes.
public struct UnpackedBudget {
  /// For each byte of the file. A recorder's facts are stored as they are.
  private static let bytesPerStoredByte: UInt64 = 64

  /// Of any trace, for its facts and stacks: it takes 3.5 million of these to need more.
  public static let definitionBytes: UInt64 = 36 << 20
  /// Of any trace, for symbols and the map of code.
  static let symbolBytes: UInt64 = 20 << 20

  private var left: UInt64

  /// A budget for the trace in a source: so many bytes, and some for each of the file's own.
  public init(_ source: any TraceSource, bytes: UInt64 = definitionBytes) {
    left = bytes + Self.bytesPerStoredByte * min(source.storedByteCount, 1 << 50)
  }

  /// The trace has grown from what stands in one source to what stands in another.
  public mutating func grow(from earlier: any TraceSource, to later: any TraceSource) {
    let (before, after) = (earlier.storedByteCount, min(later.storedByteCount, 1 << 50))
    left += Self.bytesPerStoredByte * (after - min(before, after))
  }

  /// Takes so many bytes; a chunk that has more than is left is not to be kept.
  ///
  /// - Throws: `TraceError` of kind `damaged`, with the chunk's offset.
  public mutating func take(_ bytes: UInt64, for chunk: TraceChunk) throws(TraceError) {
    guard bytes <= left else {
      throw TraceError(
        kind: .damaged, offset: chunk.offset,
        cause: "the trace unpacks to far more than its size: this part is not read")
    }
    left -= bytes
  }
}
