import CTraceFormat

/// Gives damaged bytes the magic numbers and checksums of a trace, in a walk like the reader's.
enum SealedTrace {
  /// The bytes with a sound file header and, chunk after chunk, sound chunk headers.
  static func seal(_ bytes: [UInt8]) -> [UInt8] {
    var sealed = bytes
    guard sealed.count >= MemoryLayout<mt_file_header>.size else { return sealed }
    var header = load(mt_file_header.self, sealed, 0)
    withUnsafeMutableBytes(of: &header.magic) { $0.copyBytes(from: Array(MT_FILE_MAGIC.utf8)) }
    header.version_major = 1 + header.version_major % UInt16(MT_FORMAT_VERSION_MAJOR)
    header.page_bytes = 4096
    header.extension_bytes = UInt32(
      MemoryLayout<mt_file_header>.size - Int(MT_V1_FILE_HEADER_BYTES))
    header.extension_crc = 0
    header.extension_crc = withUnsafeBytes(of: header) {
      let part = UnsafeRawBufferPointer(rebasing: $0.dropFirst(Int(MT_V1_FILE_HEADER_BYTES)))
      return mt_crc32c(0, part.baseAddress, part.count)
    }
    header.pointer_bytes = 8
    header.address_shift = UInt8(MT_ADDRESS_SHIFT)
    // A short header leaves more of the fuzzer's bytes to the chunks.
    header.header_bytes = UInt32(MemoryLayout<mt_file_header>.size)
    header.header_crc = 0
    let covered = MemoryLayout<mt_file_header>.offset(of: \.closed) ?? 0
    header.header_crc = withUnsafeBytes(of: header) { mt_crc32c(0, $0.baseAddress, covered) }
    store(header, &sealed, 0)
    var offset = MemoryLayout<mt_file_header>.size
    var chains: [UInt32] = [0]
    let end = sealLiveRegion(&sealed, header)
    while offset + MemoryLayout<mt_chunk_header>.size <= end {
      offset = sealChunk(&sealed, at: offset, limit: end, &chains)
    }
    return sealed
  }

  /// Marks the live region, if the header names a place for one; returns where chunks end.
  private static func sealLiveRegion(_ bytes: inout [UInt8], _ header: mt_file_header) -> Int {
    guard header.closed == 0, let offset = Int(exactly: header.live_offset),
      offset >= MemoryLayout<mt_file_header>.size,
      offset <= bytes.count - MemoryLayout<mt_live_header>.size
    else { return bytes.count }
    store(UInt64(MT_LIVE_MAGIC), &bytes, offset)
    return offset
  }

  /// Seals one chunk; returns where the next one stands. `chains` are the checksums by which an index
  /// names the event chunks so far.
  private static func sealChunk(
    _ bytes: inout [UInt8], at offset: Int, limit: Int, _ chains: inout [UInt32]
  ) -> Int {
    let start = offset + MemoryLayout<mt_chunk_header>.size
    var header = load(mt_chunk_header.self, bytes, offset)
    header.magic = MT_CHUNK_MAGIC
    header.type = header.type % UInt16(MT_CHUNK_CODE_MAP.rawValue + 1)
    header.compression = 0
    let stored = min(limit - start, Int(header.stored_bytes % 4096))
    header.stored_bytes = UInt64(stored)
    header.payload_bytes = UInt64(stored)
    if header.type == MT_CHUNK_INDEX.rawValue { sealIndex(&bytes, start..<start + stored, chains) }
    header.payload_crc = bytes.withUnsafeBytes {
      mt_crc32c(0, $0.baseAddress.map { $0 + start }, stored)
    }
    header.header_crc = 0
    header.header_crc = withUnsafeBytes(of: header) { mt_crc32c(0, $0.baseAddress, $0.count) }
    store(header, &bytes, offset)
    if header.type == MT_CHUNK_EVENTS.rawValue {
      chains.append(
        withUnsafeBytes(of: header.payload_crc) {
          mt_crc32c(chains[chains.count - 1], $0.baseAddress, $0.count)
        })
    }
    return (start + stored + 7) & ~7
  }

  /// Makes the entries of an index name the chunks that stand before it.
  private static func sealIndex(_ bytes: inout [UInt8], _ payload: Range<Int>, _ chains: [UInt32]) {
    let size = MemoryLayout<mt_index_entry>.size
    for place in stride(from: payload.lowerBound, through: payload.upperBound - size, by: size) {
      var entry = load(mt_index_entry.self, bytes, place)
      entry.event_chunks %= UInt64(chains.count)
      entry.chain_crc = chains[Int(entry.event_chunks)]
      store(entry, &bytes, place)
    }
  }

  private static func load<Value: BitwiseCopyable>(
    _ type: Value.Type, _ bytes: [UInt8], _ offset: Int
  ) -> Value {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }

  private static func store<Value: BitwiseCopyable>(
    _ value: Value, _ bytes: inout [UInt8], _ offset: Int
  ) {
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: offset, as: Value.self) }
  }
}
