/// Bytes as text (RFC 4648, section 4).
enum Base64 {
  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The text, without line breaks.
  static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let left = min(3, bytes.count - index)
      var word = UInt32(bytes[index]) << 16
      if left > 1 { word |= UInt32(bytes[index + 1]) << 8 }
      if left > 2 { word |= UInt32(bytes[index + 2]) }
      text.append(digits[Int(word >> 18)])
      text.append(digits[Int(word >> 12 & 63)])
      text.append(left > 1 ? digits[Int(word >> 6 & 63)] : UInt8(ascii: "="))
      text.append(left > 2 ? digits[Int(word & 63)] : UInt8(ascii: "="))
      index += 3
    }
    return text
  }
}
