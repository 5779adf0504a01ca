import CTraceFormat
import CZstd
import TraceFormat

/// Reads chunk payloads: bounded, checked, decompressed, into buffers that are used again.
///
/// One reader belongs to one thread at a time.
public final class PayloadReader {
  private var stored = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var payload = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Made with the first compressed chunk.
  private var context: OpaquePointer?

  /// Largest payload that is read; a chunk that announces more is damaged.
  public static let maximumBytes = UInt64(MT_CHUNK_PAYLOAD_MAX)

  /// Of chunks that no recorder writes: so many bytes, and so many times what is stored.
  private static let unpacked: (bytes: UInt64, factor: UInt64) = (4 << 20, 64)

  public init() {}

  deinit {
    stored.deallocate()
    payload.deallocate()
    ZSTD_freeDCtx(context)
  }

  /// The chunk's payload, valid until the next call.
  ///
  /// - Throws: `TraceError` of kind `damaged` or `truncated` with the chunk's offset, or
  ///   `unreadable`.
  public func read(
    _ chunk: TraceChunk, of source: any TraceSource
  ) throws(TraceError) -> UnsafeRawBufferPointer {
    // zstd never needs more than its bound to store what does not compress.
    guard chunk.payloadBytes <= Self.mostBytes(of: chunk),
      chunk.storedBytes <= UInt64(ZSTD_compressBound(Int(chunk.payloadBytes)))
    else { throw damaged(chunk, "a chunk announces \(chunk.payloadBytes) bytes of payload") }
    Self.reserve(&stored, Int(chunk.storedBytes))
    let bytes = UnsafeMutableRawBufferPointer(rebasing: stored.prefix(Int(chunk.storedBytes)))
    guard try source.read(at: chunk.payloadOffset, into: bytes) == bytes.count else {
      throw TraceError(
        kind: .truncated, offset: chunk.offset, cause: "the file ends within a chunk")
    }
    guard mt_crc32c(0, bytes.baseAddress, bytes.count) == chunk.payloadChecksum else {
      throw damaged(chunk, "a chunk does not match its checksum")
    }
    switch mt_compression(rawValue: UInt32(chunk.compression)) {
    case MT_COMPRESSION_NONE:
      guard chunk.payloadBytes == chunk.storedBytes else {
        throw damaged(chunk, "an uncompressed chunk announces another length")
      }
      return UnsafeRawBufferPointer(bytes)
    case MT_COMPRESSION_ZSTD: return try decompress(bytes, of: chunk)
    default: throw damaged(chunk, "compression \(chunk.compression) is unknown")
    }
  }

  private static func mostBytes(of chunk: TraceChunk) -> UInt64 {
    switch chunk.kind {
    case .events: UInt64(MT_EVENTS_PAYLOAD_MAX)
    case .records: UInt64(MT_RECORDS_PAYLOAD_MAX)
    case .stacks: UInt64(MT_STACKS_PAYLOAD_MAX)
    case .raw: UInt64(MT_RAW_PAYLOAD_MAX)
    case .live, .checkpoint, .index, .symbols, .codeMap, .other:
      min(maximumBytes, unpacked.bytes + unpacked.factor * min(chunk.storedBytes, maximumBytes))
    }
  }

  private func decompress(
    _ bytes: UnsafeMutableRawBufferPointer, of chunk: TraceChunk
  ) throws(TraceError) -> UnsafeRawBufferPointer {
    let length = Int(chunk.payloadBytes)
    guard ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count) == chunk.payloadBytes else {
      throw damaged(chunk, "compressed data announces another length than its chunk")
    }
    Self.reserve(&payload, length)
    if context == nil { context = ZSTD_createDCtx() }
    let result = ZSTD_decompressDCtx(
      context, payload.baseAddress, length, bytes.baseAddress, bytes.count)
    guard ZSTD_isError(result) == 0, result == length else {
      throw damaged(chunk, "a chunk cannot be decompressed")
    }
    return UnsafeRawBufferPointer(rebasing: payload.prefix(length))
  }

  /// Never shrinks: most chunks of a trace are of one size.
  private static func reserve(_ buffer: inout UnsafeMutableRawBufferPointer, _ count: Int) {
    guard buffer.count < count || buffer.baseAddress == nil else { return }
    buffer.deallocate()
    buffer = .allocate(byteCount: max(count, 1 << 12), alignment: 16)
  }

  private func damaged(_ chunk: TraceChunk, _ cause: String) -> TraceError {
    TraceError(kind: .damaged, offset: chunk.offset, cause: cause)
  }
}
