import ArgumentParser

/// A threshold as an option takes it: `500M`, `heap:1.5G`, `resident:80%`, `oom:90%`.
///
/// The recorder's variables take whole numbers of bytes, or a percentage of up to three decimals.
struct ThresholdValue: ExpressibleByArgument, Equatable {
  private static let measures = ["heap", "resident", "oom"]
  private static let units: [Character: Double] = [
    "K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40,
  ]

  /// As the recorder reads it.
  let text: String

  init?(argument: String) {
    var rest = argument[...]
    var measure = "resident"
    if let colon = rest.firstIndex(of: ":") {
      measure = String(rest[..<colon])
      rest = rest[rest.index(after: colon)...]
    }
    guard Self.measures.contains(measure), let last = rest.last else { return nil }
    if last == "%" {
      guard let percent = Self.number(rest.dropLast()), percent > 0, percent <= 100,
        (percent * 1000).rounded() >= 1
      else { return nil }
      let thousandths = Int((percent * 1000).rounded())
      let decimals = String(1000 + thousandths % 1000).dropFirst()
      text = "\(measure):\(thousandths / 1000).\(decimals)%"
      return
    }
    let unit = Self.units[Character(last.uppercased())]
    guard measure != "oom", let number = Self.number(unit == nil ? rest : rest.dropLast()) else {
      return nil
    }
    let bytes = (number * (unit ?? 1)).rounded()
    guard bytes >= 1, bytes <= 0x1p60 else { return nil }
    text = "\(measure):\(UInt64(bytes))"
  }

  /// Digits, with a point among them.
  private static func number(_ digits: Substring) -> Double? {
    guard let first = digits.first, first.isASCII, first.isNumber,
      digits.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." })
    else { return nil }
    return Double(digits)
  }
}
