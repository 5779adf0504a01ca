extension UInt64 {
  /// The nearest number to a value: times and sizes of a damaged trace reach the ends of the range,
  /// where rounding goes beyond.
  public init(saturating value: Double) {
    // 2^64 is the first that is too large; no double lies between it and the largest number.
    self = value >= 0x1p64 ? .max : value > 0 ? UInt64(value) : 0
  }
}
