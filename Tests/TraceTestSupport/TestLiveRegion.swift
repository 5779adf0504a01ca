import CTraceFormat

/// The live region of an invented trace: two staging areas and some rings.
public struct TestLiveRegion {
  public struct Ring {
    public var thread: UInt32
    /// Position of the first unread word.
    public var tail: UInt64
    /// From `tail` on.
    public var words: [UInt64]

    public init(thread: UInt32, tail: UInt64 = 0, words: [UInt64]) {
      self.thread = thread
      self.tail = tail
      self.words = words
    }
  }

  public var stagings: [(batch: UInt64, words: [UInt64])] = []
  public var rings: [Ring] = []
  public var end = mt_end(time_ns: 0, reason: 0, status: 0)
  public var lostEvents: UInt64 = 0
  public var clockNanoseconds: UInt64 = 0

  /// Sizes of its parts, in bytes and words: from the region's start to the first staging area, of
  /// each of these, from ring to ring.
  public var headerBytes = 4096
  public var stagingWords = 4096
  public var stride = 8192
  /// The first slots may be of another size.
  public var largeSlots = 0
  public var largeStride = 16384

  public init() {}

  func bytes(major: Int, growth: Int) -> [UInt8] {
    let stagingBytes = stagingWords * 8
    let ringHeaderBytes =
      major == 1 ? Int(MT_V1_RING_HEADER_BYTES) : MemoryLayout<mt_ring_header>.size + growth
    var header = mt_live_header()
    header.magic = UInt64(MT_LIVE_MAGIC)
    header.staging_words = UInt32(stagingWords)
    header.ring_slots = UInt32(rings.count)
    header.staging_offset.0 = UInt64(headerBytes)
    header.staging_offset.1 = UInt64(headerBytes + stagingBytes)
    header.rings_offset = UInt64(headerBytes + 2 * stagingBytes)
    header.ring_stride = UInt64(stride)
    header.large_slots = UInt32(largeSlots)
    header.large_stride = UInt64(largeStride)
    header.clock_ns = clockNanoseconds
    header.end = end
    header.header_bytes = UInt32(MemoryLayout<mt_live_header>.size)
    header.ring_header_bytes = UInt32(ringHeaderBytes)
    header.counter_slots = UInt32(MT_COUNTER_COUNT.rawValue)
    header.counters.0 = lostEvents
    var areas = [[UInt64]](repeating: [], count: 2)
    for (index, staging) in stagings.prefix(2).enumerated() {
      let state = mt_staging_state(
        batch: staging.batch, committed_words: UInt64(staging.words.count))
      if index == 0 { header.staging.0 = state } else { header.staging.1 = state }
      areas[index] = staging.words
    }
    var writer = ByteWriter()
    if major == 1 {
      writer.append(Self.version1(header))
    } else {
      writer.append(header)
    }
    writer.pad(to: headerBytes)
    for area in areas {
      for word in area { writer.append(word) }
      writer.append(Array(repeating: 0xa5, count: stagingBytes - area.count * 8))
    }
    for (slot, ring) in rings.enumerated() {
      writer.append(
        bytes(
          of: ring, stride: slot < largeSlots ? largeStride : stride, headerBytes: ringHeaderBytes))
    }
    return writer.bytes
  }

  private static func version1(_ header: mt_live_header) -> mt_v1_live_header {
    var old = mt_v1_live_header()
    withUnsafeMutableBytes(of: &old.same) { target in
      withUnsafeBytes(of: header) { target.copyBytes(from: $0.prefix(target.count)) }
    }
    old.counters.0 = header.counters.0
    old.large_slots = header.large_slots
    old.large_stride = header.large_stride
    return old
  }

  private func bytes(of ring: Ring, stride: Int, headerBytes: Int) -> [UInt8] {
    var header = mt_ring_header()
    header.head = ring.tail + UInt64(ring.words.count)
    header.tail = ring.tail
    header.thread = ring.thread
    header.tid = 1000 + ring.thread
    header.state = UInt32(MT_RING_OWNED.rawValue)
    header.name.0 = 0x72  // "r"
    let capacity = (stride - headerBytes) / 8
    var words = [UInt64](repeating: 0xdead_beef, count: capacity)
    for (index, word) in ring.words.enumerated() {
      words[Int((ring.tail + UInt64(index)) % UInt64(capacity))] = word
    }
    var writer = ByteWriter()
    writer.append(header)
    writer.append(Array(repeating: 0xee, count: headerBytes - writer.bytes.count))
    for word in words { writer.append(word) }
    return writer.bytes
  }
}
