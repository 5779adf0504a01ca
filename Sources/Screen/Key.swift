/// What a person pressed.
public enum Key: Sendable, Hashable {
  case character(Character)
  case control(Character)
  case enter, tab, escape, backspace
  case up, down, left, right, pageUp, pageDown, home, end
  /// Of a sequence that no one here knows.
  case unknown

  /// Reads the keys of bytes that a terminal sent at once; what is left over is the beginning of one.
  /// An escape that nothing follows is the key.
  public static func parse(_ bytes: [UInt8]) -> (keys: [Key], rest: [UInt8]) {
    var keys: [Key] = []
    var rest = bytes[...]
    while let first = rest.first {
      if first == 0x1b, rest.count > 1 {
        guard let (key, length) = sequence(rest) else { break }
        keys.append(key)
        rest = rest.dropFirst(length)
      } else if first < 0x80 {
        keys.append(single(first))
        rest = rest.dropFirst()
      } else {
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
        guard rest.count >= length else { break }
        let text = String(validating: rest.prefix(length), as: UTF8.self)
        keys.append(text?.first.map { .character($0) } ?? .unknown)
        rest = rest.dropFirst(length)
      }
    }
    return (keys, Array(rest))
  }

  private static func single(_ byte: UInt8) -> Key {
    switch byte {
    case 0x09: .tab
    case 0x0a, 0x0d: .enter
    case 0x08, 0x7f: .backspace
    case 0x1b: .escape
    case 0..<0x20: .control(Character(Unicode.Scalar(byte + 0x60)))
    default: .character(Character(Unicode.Scalar(byte)))
    }
  }

  /// A sequence after an escape, and its length; `nil` if it has no end yet.
  private static func sequence(_ bytes: ArraySlice<UInt8>) -> (Key, Int)? {
    let bytes = Array(bytes)
    guard bytes[1] == UInt8(ascii: "[") || bytes[1] == UInt8(ascii: "O") else {
      return (.escape, 1)
    }
    guard let end = bytes.dropFirst(2).firstIndex(where: { (0x40...0x7e).contains($0) }) else {
      return bytes.count > 16 ? (.unknown, bytes.count) : nil
    }
    let parameters = String(decoding: bytes[2..<end], as: UTF8.self)
    let key: Key =
      switch (bytes[end], parameters) {
      case (UInt8(ascii: "A"), _): .up
      case (UInt8(ascii: "B"), _): .down
      case (UInt8(ascii: "C"), _): .right
      case (UInt8(ascii: "D"), _): .left
      case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): .home
      case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): .end
      case (UInt8(ascii: "~"), "5"): .pageUp
      case (UInt8(ascii: "~"), "6"): .pageDown
      default: .unknown
      }
    return (key, end + 1)
  }
}
