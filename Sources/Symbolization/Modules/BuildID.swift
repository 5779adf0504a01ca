/// The unique name that the linker gave one build of one binary (the note `NT_GNU_BUILD_ID`).
///
/// Two files with the same build id hold the same code at the same addresses, so it decides
/// whether a file found on this machine is the one that was recorded.
public struct BuildID: Hashable, Sendable, CustomStringConvertible {
  /// The bytes as they stand in the note, usually 20.
  public let bytes: [UInt8]

  /// Wraps the bytes of a note; an empty sequence is no build id.
  public init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard !bytes.isEmpty else { return nil }
    self.bytes = bytes
  }

  /// Lower-case hexadecimal, as `file`, `readelf -n` and debuginfod write it.
  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
