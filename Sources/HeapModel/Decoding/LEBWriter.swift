/// Writes LEB128 numbers, as `LEBReader` reads them.
struct LEBWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: some FixedWidthInteger & UnsignedInteger) {
    var rest = UInt64(number)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A number that is never negative.
  mutating func append(_ number: Int) { append(UInt64(number)) }

  mutating func append(_ flag: Bool) { append(flag ? UInt64(1) : 0) }

  mutating func append(contentsOf other: LEBWriter) { bytes += other.bytes }

  mutating func append(_ text: String) {
    append(text.utf8.count)
    bytes += text.utf8
  }
}
