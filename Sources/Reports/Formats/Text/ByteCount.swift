/// Sizes as people write them on a command line.
public enum ByteCount {
  /// The bytes that a text such as `512`, `64k`, `100M`, `1.5G` or `2MiB` names; `nil` if it names
  /// none. Units are powers of 1024, in either case, with or without `B` or `iB`.
  public static func bytes(_ text: String) -> Int? {
    var digits = text[...]
    var suffix = ""
    if let end = text.firstIndex(where: { !($0.isASCII && $0.isNumber) && $0 != "." }) {
      digits = text[..<end]
      suffix = text[end...].lowercased()
    }
    let units = ["", "k", "m", "g", "t"]
    guard
      let power = units.firstIndex(where: { [$0, $0 + "b", $0 + "ib"].contains(suffix) }),
      suffix != "ib", let value = Double(digits), value.isFinite
    else { return nil }
    let bytes = (value * Double(sign: .plus, exponent: 10 * power, significand: 1)).rounded()
    return bytes < 1e18 ? Int(bytes) : nil
  }
}
