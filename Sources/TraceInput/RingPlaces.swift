import CTraceFormat

/// Where the rings of a live region stand: first some large ones, then those of one size.
struct RingPlaces {
  private static let mostBytes: UInt64 = 4 << 30

  private let stride: UInt64
  private let largeStride: UInt64
  private let largeSlots: UInt64
  private let mostSlots: UInt64

  /// `nil` if the header gives them no possible size.
  init?(_ header: mt_live_header) {
    stride = header.ring_stride
    largeSlots = UInt64(header.large_slots)
    largeStride = largeSlots == 0 ? stride : header.large_stride
    mostSlots = UInt64(header.ring_slots)
    for stride in [stride, largeStride] {
      guard stride > UInt64(header.ring_header_bytes), stride.isMultiple(of: 8),
        stride <= UInt64(MT_RING_BYTES_MAX)
      else { return nil }
    }
  }

  /// How many slots there are in so many bytes, the last of which may be in part.
  func slots(in bytes: UInt64) -> UInt32 {
    let bytes = min(bytes, Self.mostBytes)
    let large = min(largeSlots, (bytes + largeStride - 1) / largeStride)
    let rest = bytes - min(bytes, large * largeStride)
    let small = (rest + stride - 1) / stride
    return UInt32(min(mostSlots, large + small))
  }

  /// From the start of the first ring to that of a slot.
  func offset(of slot: UInt32) -> UInt64 {
    let large = min(UInt64(slot), largeSlots)
    return large * largeStride + (UInt64(slot) - large) * stride
  }

  /// The bytes of a slot: a header and the words.
  func stride(of slot: UInt32) -> UInt64 { slot < largeSlots ? largeStride : stride }
}
