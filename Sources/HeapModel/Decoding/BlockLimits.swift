/// What no block of a real process exceeds: the decoder refuses more, so that sums cannot overflow.
enum BlockLimits {
  /// User space on the machines we record is 2^47 bytes, 2^52 at most.
  static let sizeBytes: UInt64 = 1 << 52
  /// Of all blocks that a trace allocates, together.
  static let sumBytes = 1 << 61
}
