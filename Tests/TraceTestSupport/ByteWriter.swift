/// Appends the little-endian values and LEB128 numbers that traces are made of.
public struct ByteWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func append(_ more: [UInt8]) { bytes += more }

  /// A number or a C structure as it stands in memory.
  public mutating func append<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes += Array($0) }
  }

  public mutating func leb(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A signed number with its sign in the lowest bit.
  public mutating func zigzag(_ value: Int64) {
    leb(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  /// Zeros up to a multiple of `alignment`.
  public mutating func pad(to alignment: Int) {
    bytes += Array(repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
  }
}
