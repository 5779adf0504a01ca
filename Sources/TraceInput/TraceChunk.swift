import CTraceFormat
import TraceFormat

/// The header of one chunk and its place in the file.
public struct TraceChunk: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case records
    case stacks
    case events
    case raw
    /// Spans the live region: not to be read as a chunk.
    case live
    /// Of the index: see `MT_CHUNK_INDEX`.
    case checkpoint
    case index
    case symbols
    case codeMap
    /// Of a type that this version does not know.
    case other(UInt16)
  }

  public let kind: Kind
  /// Of the chunk's header, from the start of the file.
  public let offset: UInt64
  /// In the file, after the header.
  public let storedBytes: UInt64
  /// After decompression.
  public let payloadBytes: UInt64
  /// CRC-32C of the stored bytes.
  public let payloadChecksum: UInt32
  let compression: UInt8

  static let headerBytes = UInt64(MemoryLayout<mt_chunk_header>.size)

  /// Where the stored bytes start.
  public var payloadOffset: UInt64 { offset + Self.headerBytes }
  /// Where the next chunk starts.
  public var end: UInt64 { (payloadOffset + storedBytes + 7) & ~7 }

  /// Reads a chunk header; `nil` if the bytes are none.
  init?(header bytes: UnsafeRawBufferPointer, offset: UInt64) {
    guard bytes.count >= MemoryLayout<mt_chunk_header>.size else { return nil }
    var header = bytes.loadUnaligned(as: mt_chunk_header.self)
    guard header.magic == MT_CHUNK_MAGIC else { return nil }
    let checksum = header.header_crc
    header.header_crc = 0
    let sound = withUnsafeBytes(of: header) {
      mt_crc32c(0, $0.baseAddress, $0.count) == checksum
    }
    // A length that overflows the file's offsets is no length.
    guard sound, header.stored_bytes < 1 << 62, offset < 1 << 62 else { return nil }
    self.offset = offset
    storedBytes = header.stored_bytes
    payloadBytes = header.payload_bytes
    payloadChecksum = header.payload_crc
    compression = header.compression
    kind =
      switch mt_chunk_type(rawValue: UInt32(header.type)) {
      case MT_CHUNK_RECORDS: .records
      case MT_CHUNK_STACKS: .stacks
      case MT_CHUNK_EVENTS: .events
      case MT_CHUNK_RAW: .raw
      case MT_CHUNK_LIVE: .live
      case MT_CHUNK_CHECKPOINT: .checkpoint
      case MT_CHUNK_INDEX: .index
      case MT_CHUNK_SYMBOLS: .symbols
      case MT_CHUNK_CODE_MAP: .codeMap
      default: .other(header.type)
      }
  }
}
