import CTraceFormat
import CZstd

/// Makes chunks as the recorder does: compressed, with checksums, padded to 8 bytes.
public enum ChunkEncoder {
  /// The bytes of a chunk that holds a payload.
  public static func encode(_ type: mt_chunk_type, _ payload: [UInt8]) -> [UInt8] {
    var stored = [UInt8](repeating: 0, count: ZSTD_compressBound(payload.count))
    let length = ZSTD_compress(&stored, stored.count, payload, payload.count, 1)
    var header = mt_chunk_header()
    if ZSTD_isError(length) == 0, length < payload.count {
      stored.removeLast(stored.count - length)
      header.compression = UInt8(MT_COMPRESSION_ZSTD.rawValue)
    } else {
      stored = payload
      header.compression = UInt8(MT_COMPRESSION_NONE.rawValue)
    }
    header.magic = MT_CHUNK_MAGIC
    header.type = UInt16(type.rawValue)
    header.payload_crc = stored.withUnsafeBytes { mt_crc32c(0, $0.baseAddress, $0.count) }
    header.stored_bytes = UInt64(stored.count)
    header.payload_bytes = UInt64(payload.count)
    header.header_crc = withUnsafeBytes(of: header) { mt_crc32c(0, $0.baseAddress, $0.count) }
    var chunk = withUnsafeBytes(of: header) { Array($0) }
    chunk += stored
    chunk += [UInt8](repeating: 0, count: -chunk.count & 7)
    return chunk
  }
}
