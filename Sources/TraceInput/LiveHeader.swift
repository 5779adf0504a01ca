import CTraceFormat
import TraceFormat

/// The live region's header, of whichever version of the format.
struct LiveHeader {
  /// As version 2 has it; `counters` are those below.
  let header: mt_live_header
  /// As many as the recorder has.
  let counters: [UInt64]

  /// Most counters that are believed.
  private static let mostCounters = 256

  /// Reads the header from the region's first bytes; `nil` if there are too few, or if it says that it
  /// is shorter than any recorder's.
  init?(_ bytes: UnsafeRawBufferPointer, major: Int) {
    if major == 1 {
      guard bytes.count >= MemoryLayout<mt_v1_live_header>.size else { return nil }
      let old = bytes.loadUnaligned(as: mt_v1_live_header.self)
      var header = bytes.load(
        mt_live_header.self, at: 0, stored: MemoryLayout.size(ofValue: old.same))
      header.large_stride = old.large_stride
      header.large_slots = old.large_slots
      header.ring_header_bytes = MT_V1_RING_HEADER_BYTES
      self.header = header
      counters = withUnsafeBytes(of: old.counters) { Array($0.bindMemory(to: UInt64.self)) }
      return
    }
    guard let start = MemoryLayout<mt_live_header>.offset(of: \.counters), bytes.count >= start
    else { return nil }
    let header = bytes.load(mt_live_header.self, at: 0, stored: start)
    // Where nothing was set up yet, all is zero.
    guard
      header.magic != UInt64(MT_LIVE_MAGIC)
        || Int(header.header_bytes) >= start && header.ring_header_bytes >= MT_V1_RING_HEADER_BYTES
          && header.ring_header_bytes.isMultiple(of: 8)
    else { return nil }
    self.header = header
    let count = min(Int(header.counter_slots), Self.mostCounters, (bytes.count - start) / 8)
    counters = (0..<count).map {
      bytes.loadUnaligned(fromByteOffset: start + 8 * $0, as: UInt64.self)
    }
  }
}
