import CTraceFormat
import TraceFormat

/// A copy of the live region of a process that runs, as it was at one moment.
///
/// The process goes on meanwhile: hooks write words into rings, the writer copies them to a staging
/// and takes them from the rings, and a full staging becomes a chunk. Parts are copied in the order
/// in which words move, so that none is missed, and the copy is dropped if a staging was begun or
/// became a chunk meanwhile. What was then copied is
///
/// - of each ring, the words up to the head that was found first, less those that had left the ring
///   when they had been copied, as they may have been written over;
/// - of each staging, what was committed after that, which includes all those.
///
/// Chunks that come later hold events of later moments: `lastBatch` is the last that belongs here.
struct LiveCopy: Sendable {
  /// What stands in for the region.
  let bytes: LiveBytes
  /// Event batches after this one are of later moments.
  let lastBatch: UInt64

  /// A staging lasts some milliseconds at the very least, copying takes one or two.
  private static let attempts = 40
  /// So many slots that were never used are the end of those that were.
  private static let mostUnusedSlots = 8

  private struct Part {
    let offset: UInt64
    var bytes: [UInt8]
  }

  /// A ring as it was found first, and the offset of its header.
  private struct Ring {
    let offset: UInt64
    let capacity: UInt64
    var header: [UInt8]

    func position(_ field: PartialKeyPath<mt_ring_header>) -> UInt64 {
      header.withUnsafeBytes {
        $0.loadUnaligned(fromByteOffset: Self.offset(of: field), as: UInt64.self)
      }
    }

    mutating func setTail(_ tail: UInt64) {
      header.withUnsafeMutableBytes {
        $0.storeBytes(
          of: tail, toByteOffset: Self.offset(of: \mt_ring_header.tail), as: UInt64.self)
      }
    }

    static func offset(of field: PartialKeyPath<mt_ring_header>) -> Int {
      MemoryLayout<mt_ring_header>.offset(of: field) ?? 0
    }
  }

  /// Copies the region; `nil` if it was not set up, or was taken away meanwhile.
  ///
  /// A process that never lets a staging stand still for so long is not worth more attempts: then the
  /// copy is of the moment at which its oldest staging was begun, and the chunks hold all.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  init?(_ live: LiveBytes, major: Int) throws(TraceError) {
    for _ in 0..<Self.attempts {
      guard let before = try Self.header(live, major) else { return nil }
      var parts: [Part] = []
      guard let isStill = try Self.copyRings(live, before.parsed, &parts),
        let middle = try Self.header(live, major),
        try Self.copyStagings(live, middle.parsed, &parts),
        let after = try Self.header(live, major)
      else { return nil }
      guard before.batches == middle.batches, before.batches == after.batches else { continue }
      // The clock and the turn of the first look, the commitments of the second. Where no ring's head
      // moved, all is of one moment, and no turn has to tell what is not.
      var header = before.bytes
      if isStill, before.parsed.turn != 0 {
        let turn = MemoryLayout<mt_live_header>.offset(of: \mt_live_header.turn) ?? 0
        header.replaceSubrange(turn..<turn + 8, with: repeatElement(0, count: 8))
      }
      let committed = Self.stagingRange
      header.replaceSubrange(committed, with: middle.bytes[committed])
      parts.append(Part(offset: 0, bytes: header))
      self.init(parts, of: live, lastBatch: max(before.batches[0], before.batches[1], 1) - 1)
      return
    }
    guard let header = try Self.header(live, major) else { return nil }
    let oldest = header.batches.filter { $0 != 0 }.min() ?? 1
    var bytes = header.bytes
    bytes.replaceSubrange(
      Self.stagingRange, with: repeatElement(0, count: Self.stagingRange.count))
    self.init([Part(offset: 0, bytes: bytes)], of: live, lastBatch: oldest - 1)
  }

  private init(_ parts: [Part], of live: LiveBytes, lastBatch: UInt64) {
    let copied = CopiedParts(
      name: live.source.name, byteCount: UInt64(live.range.count),
      parts: parts.map { ($0.offset, $0.bytes) }.sorted { $0.0 < $1.0 })
    bytes = LiveBytes(
      source: copied, range: 0..<UInt64(live.range.count), fileName: live.fileName)
    self.lastBatch = lastBatch
  }

  // MARK: The header

  private struct Header {
    let bytes: [UInt8]
    let parsed: mt_live_header
    var batches: [UInt64] { [parsed.staging.0.batch, parsed.staging.1.batch] }
  }

  private static var stagingRange: Range<Int> {
    let start = MemoryLayout<mt_live_header>.offset(of: \mt_live_header.staging) ?? 0
    return start..<start + Int(MT_STAGINGS) * MemoryLayout<mt_staging_state>.size
  }

  private static func header(_ live: LiveBytes, _ major: Int) throws(TraceError) -> Header? {
    let bytes = try live.read(at: 0, count: LiveRegion.mostHeaderBytes)
    guard let header = bytes.withUnsafeBytes({ LiveHeader($0, major: major) }),
      header.header.magic == UInt64(MT_LIVE_MAGIC)
    else { return nil }
    return Header(bytes: bytes, parsed: header.header)
  }

  // MARK: Rings

  /// Copies all rings, having looked at all heads; tells whether none has moved by then, `nil` if the
  /// region is no longer there.
  private static func copyRings(
    _ live: LiveBytes, _ header: mt_live_header, _ parts: inout [Part]
  ) throws(TraceError) -> Bool? {
    guard let places = RingPlaces(header), header.rings_offset <= UInt64(live.range.count) else {
      return nil
    }
    let headerBytes = Int(header.ring_header_bytes)
    var rings: [Ring] = []
    var unused = 0
    for slot in 0..<places.slots(in: UInt64(live.range.count) - header.rings_offset) {
      let offset = header.rings_offset + places.offset(of: slot)
      let bytes = try live.read(at: offset, count: headerBytes)
      guard bytes.count == headerBytes else { break }
      let capacity = (places.stride(of: slot) - UInt64(headerBytes)) / 8
      let ring = Ring(offset: offset, capacity: capacity, header: bytes)
      let thread = bytes.withUnsafeBytes {
        $0.loadUnaligned(
          fromByteOffset: Ring.offset(of: \mt_ring_header.thread), as: UInt32.self)
      }
      unused = thread == 0 ? unused + 1 : 0
      guard unused <= mostUnusedSlots else { break }
      if thread != 0 { rings.append(ring) }
    }
    var isStill = true
    for index in rings.indices {
      try copyWords(live, of: rings[index], headerBytes: headerBytes, &parts)
      let again = try live.read(at: rings[index].offset, count: headerBytes)
      guard again.count == headerBytes else { return nil }
      let now = Ring(offset: 0, capacity: 0, header: again)
      if now.position(\.head) != rings[index].position(\.head) { isStill = false }
      rings[index].setTail(min(now.position(\.tail), rings[index].position(\.head)))
      parts.append(Part(offset: rings[index].offset, bytes: rings[index].header))
    }
    return isStill
  }

  private static func copyWords(
    _ live: LiveBytes, of ring: Ring, headerBytes: Int, _ parts: inout [Part]
  ) throws(TraceError) {
    let tail = ring.position(\.tail)
    let head = ring.position(\.head)
    guard tail < head, head - tail <= ring.capacity else { return }
    let start = ring.offset + UInt64(headerBytes)
    let first = tail % ring.capacity
    let upToEnd = min(head - tail, ring.capacity - first)
    for (from, count) in [(first, upToEnd), (0, head - tail - upToEnd)] where count > 0 {
      let offset = start + from * 8
      parts.append(Part(offset: offset, bytes: try live.read(at: offset, count: Int(count * 8))))
    }
  }

  // MARK: Stagings

  private static func copyStagings(
    _ live: LiveBytes, _ header: mt_live_header, _ parts: inout [Part]
  ) throws(TraceError) -> Bool {
    let states = [header.staging.0, header.staging.1]
    let offsets = [header.staging_offset.0, header.staging_offset.1]
    for (state, offset) in zip(states, offsets) where state.batch != 0 {
      let words = min(state.committed_words, UInt64(header.staging_words))
      guard words > 0, words * 8 <= LiveRegion.mostStagingBytes else { continue }
      let bytes = try live.read(at: offset, count: Int(words * 8))
      guard bytes.count == Int(words * 8) else { return false }
      parts.append(Part(offset: offset, bytes: bytes))
    }
    return true
  }
}

/// Parts of a file that were copied; the rest reads as zeros.
private struct CopiedParts: TraceSource {
  let name: String
  let byteCount: UInt64
  /// By offset; none reaches into the next.
  let parts: [(offset: UInt64, bytes: [UInt8])]

  func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(TraceError) -> Int {
    guard offset < byteCount else { return 0 }
    let count = Int(min(UInt64(buffer.count), byteCount - offset))
    let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count))
    wanted.initializeMemory(as: UInt8.self, repeating: 0)
    let end = offset + UInt64(count)
    var index = parts.partitioningIndex { $0.offset + UInt64($0.bytes.count) > offset }
    while index < parts.count, parts[index].offset < end {
      let part = parts[index]
      let start = max(offset, part.offset)
      let stop = min(end, part.offset + UInt64(part.bytes.count))
      part.bytes.withUnsafeBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: wanted[Int(start - offset)..<Int(stop - offset)])
          .copyMemory(
            from: UnsafeRawBufferPointer(
              rebasing: bytes[Int(start - part.offset)..<Int(stop - part.offset)]))
      }
      index += 1
    }
    return count
  }
}

extension Array {
  /// The first index from which on the condition holds. O(log count).
  fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
