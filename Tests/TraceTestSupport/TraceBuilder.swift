import CTraceFormat
import CZstd

/// Writes traces of invented programs, by the format's text alone: the reader's counterpart in
/// tests, independent of the recorder.
public struct TraceBuilder {
  /// Changed before the header is written, for traces that no recorder makes.
  public var header = mt_file_header()
  public var isCompressed = true
  /// The invented clock's step from event to event.
  public var nanosecondsPerEvent: UInt64 = 2048
  /// What a later minor version puts at the ends of the structures that may grow, in bytes.
  public var growth = 0
  /// Threads whose events are of a space that no version knows.
  public var foreignThreads: Set<UInt32> = []
  /// Allocations of each thread so far, low 32 bits; set for threads that made many before.
  public var sequences: [UInt32: UInt32] = [:]
  private var chunks = ByteWriter()
  private var batches: UInt64 = 0
  private var clock: UInt64 = 0

  public init(major: Int = Int(MT_FORMAT_VERSION_MAJOR), minor: Int = 0) {
    withUnsafeMutableBytes(of: &header.magic) { $0.copyBytes(from: Array(MT_FILE_MAGIC.utf8)) }
    header.version_major = UInt16(major)
    header.version_minor = UInt16(minor)
    header.header_bytes = MT_FILE_HEADER_BYTES
    header.machine = 62
    header.pointer_bytes = 8
    header.address_shift = UInt8(MT_ADDRESS_SHIFT)
    header.pid = 4711
    header.root_pid = 4711
    header.page_bytes = 4096
    withUnsafeMutableBytes(of: &header.program) { $0.copyBytes(from: Array("invented".utf8)) }
  }

  /// Where the next chunk will stand.
  public var chunkEnd: Int { Int(header.header_bytes) + chunks.bytes.count }

  public mutating func appendRecords(_ records: [UInt8]) {
    appendChunk(MT_CHUNK_RECORDS, records)
  }

  public mutating func appendStacks(
    _ nodes: [(id: UInt32, parent: UInt32, programCounter: UInt64)]
  ) {
    var ids = ByteWriter()
    var parents = ByteWriter()
    var payload = ByteWriter()
    var previous: Int64 = 0
    for node in nodes {
      ids.zigzag(Int64(node.id) - previous)
      previous = Int64(node.id)
      parents.zigzag(Int64(node.id) - Int64(node.parent))
    }
    payload.append(
      mt_stacks_header(
        nodes: UInt32(nodes.count), id_bytes: UInt32(ids.bytes.count),
        parent_bytes: UInt32(parents.bytes.count), reserved: 0))
    for node in nodes { payload.append(node.programCounter) }
    payload.append(ids.bytes)
    payload.append(parents.bytes)
    appendChunk(MT_CHUNK_STACKS, payload.bytes)
  }

  public mutating func appendBatch(_ operations: [TestOperation]) {
    batches += 1
    let payload = TestBatchEncoder.encode(
      operations, number: batches, firstTime: clock, nanosecondsPerEvent: nanosecondsPerEvent,
      sequences: &sequences, major: Int(header.version_major), growth: growth,
      foreignThreads: foreignThreads)
    clock += UInt64(operations.count) * nanosecondsPerEvent
    appendChunk(MT_CHUNK_EVENTS, payload)
  }

  /// A raw chunk of runs as `TestRawEncoder.run` gives them.
  public mutating func appendRaw(_ words: [UInt64]) {
    var writer = ByteWriter()
    for word in words { writer.append(word) }
    appendChunk(MT_CHUNK_RAW, writer.bytes)
  }

  public mutating func appendChunk(_ type: mt_chunk_type, _ payload: [UInt8]) {
    let stored = isCompressed ? Self.compress(payload) : payload
    appendChunk(
      type: UInt16(type.rawValue), stored: stored, payloadBytes: UInt64(payload.count),
      compression: isCompressed ? MT_COMPRESSION_ZSTD : MT_COMPRESSION_NONE)
  }

  /// A chunk that may claim what it does not hold; its checksums are right.
  public mutating func appendChunk(
    type: UInt16, stored: [UInt8], storedBytes: UInt64? = nil, payloadBytes: UInt64,
    compression: mt_compression
  ) {
    var header = mt_chunk_header()
    header.magic = MT_CHUNK_MAGIC
    header.type = type
    header.compression = UInt8(compression.rawValue)
    header.payload_crc = stored.withUnsafeBytes { mt_crc32c(0, $0.baseAddress, $0.count) }
    header.stored_bytes = storedBytes ?? UInt64(stored.count)
    header.payload_bytes = payloadBytes
    header.header_crc = withUnsafeBytes(of: header) { mt_crc32c(0, $0.baseAddress, $0.count) }
    chunks.append(header)
    chunks.append(stored)
    chunks.pad(to: 8)
  }

  /// The trace of a program that ended in good order.
  public func closed() -> [UInt8] {
    var header = header
    header.closed = 1
    header.chunk_end = UInt64(chunkEnd)
    return bytes(header) + chunks.bytes
  }

  /// The trace of a program that was killed, or is still running, with `hole` unwritten bytes
  /// between the last chunk and the live region.
  public func open(live: TestLiveRegion, hole: Int = 8192) -> [UInt8] {
    let region = live.bytes(major: Int(header.version_major), growth: growth)
    var header = header
    let page = Int(header.page_bytes)
    let offset = (chunkEnd + hole + page - 1) / page * page
    header.live_offset = UInt64(offset)
    header.live_bytes = UInt64(region.count)
    return bytes(header) + chunks.bytes
      + [UInt8](repeating: 0, count: offset - chunkEnd) + region
  }

  private func bytes(_ header: mt_file_header) -> [UInt8] {
    var sealed = header
    sealed.header_crc = 0
    let covered = MemoryLayout<mt_file_header>.offset(of: \.closed) ?? 0
    sealed.header_crc = withUnsafeBytes(of: sealed) { mt_crc32c(0, $0.baseAddress, covered) }
    let first = Int(MT_V1_FILE_HEADER_BYTES)
    let isOfVersion1 = header.version_major == 1
    sealed.extension_bytes = UInt32(MemoryLayout<mt_file_header>.size - first + growth)
    sealed.extension_crc = 0
    var part = withUnsafeBytes(of: sealed) { Array($0.dropFirst(first)) }
    part += Array(repeating: 0xee, count: growth)
    let checksum = part.withUnsafeBytes { mt_crc32c(0, $0.baseAddress, $0.count) }
    part.replaceSubrange(4..<8, with: withUnsafeBytes(of: checksum) { Array($0) })
    var writer = ByteWriter()
    writer.append(withUnsafeBytes(of: sealed) { Array($0.prefix(first)) })
    if !isOfVersion1 { writer.append(part) }
    writer.pad(to: Int(header.header_bytes))
    return writer.bytes
  }

  public static func compress(_ payload: [UInt8]) -> [UInt8] {
    var stored = [UInt8](repeating: 0, count: ZSTD_compressBound(payload.count))
    let count = ZSTD_compress(&stored, stored.count, payload, payload.count, 1)
    precondition(ZSTD_isError(count) == 0, "zstd compresses any bytes")
    return Array(stored.prefix(count))
  }
}
