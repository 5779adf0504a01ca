/// Addresses as text.
enum AddressList {
  /// Hexadecimal numbers, one a line, with or without `0x`; other lines are passed over.
  static func parse(_ text: [UInt8]) -> [UInt64] {
    text.withUnsafeBufferPointer { text in
      var addresses: [UInt64] = []
      addresses.reserveCapacity(text.count / 8)
      var start = 0
      while start < text.count {
        var end = start
        while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
        if let address = number(text[start..<end]) { addresses.append(address) }
        start = end + 1
      }
      return addresses
    }
  }

  @inline(__always)
  private static func number(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
    let hasPrefix =
      line.count > 1 && line[line.startIndex] == UInt8(ascii: "0")
      && line[line.startIndex + 1] == UInt8(ascii: "x")
    let digits = hasPrefix ? line.dropFirst(2) : line
    guard !digits.isEmpty, digits.count <= 16 else { return nil }
    var value: UInt64 = 0
    for character in digits {
      let digit: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
      default: return nil
      }
      value = value << 4 | UInt64(digit)
    }
    return value
  }
}
