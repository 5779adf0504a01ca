import TraceFormat

/// A moment of a run as a person names it.
public enum TimePoint: Sendable, Hashable {
  /// After the start of recording.
  case nanoseconds(UInt64)
  /// Of the run, 0 to 100.
  case percent(Double)
  /// A mark that the program set: the one with a number among those of the label, from 1. Without
  /// a number it is the first for the start of a window and the next after that for its end.
  case mark(String, number: Int?)

  /// Reads `1.5s`, `250ms`, `10us`, `2min`, `1.5` (seconds), `40%`, or else the label of a mark,
  /// `label` or `label#2`. `mark:40%` is a label whatever it looks like. `nil` for an empty text.
  public init?(_ text: String) {
    if text.isEmpty { return nil }
    if text.hasPrefix("mark:") {
      self = Self.mark(text.dropFirst(5))
    } else if text.hasSuffix("%"), let share = Self.number(text.dropLast()), share <= 100 {
      self = .percent(share)
    } else if let nanoseconds = Self.nanoseconds(text) {
      self = .nanoseconds(nanoseconds)
    } else {
      self = Self.mark(text[...])
    }
  }

  /// A length of time such as `1.5s` or `250ms`; without a unit it is seconds. `nil` if the text is
  /// none, or longer than a century.
  public static func nanoseconds(_ text: String) -> UInt64? {
    let units: [(String, Double)] = [
      ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("min", 60e9), ("s", 1e9), ("h", 3600e9),
    ]
    let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1e9)
    guard let value = number(text.dropLast(unit.0.count)) else { return nil }
    let nanoseconds = (value * unit.1).rounded()
    return nanoseconds < 3.2e18 ? UInt64(nanoseconds) : nil
  }

  /// Digits with at most one point among them; not all that `Double` would take.
  private static func number(_ text: Substring) -> Double? {
    guard text.first?.isASCII == true, text.contains(where: \.isNumber),
      text.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." })
    else { return nil }
    return Double(text)
  }

  private static func mark(_ text: Substring) -> TimePoint {
    if let hash = text.lastIndex(of: "#"), hash != text.startIndex,
      let number = Int(text[text.index(after: hash)...]), number > 0
    {
      return .mark(String(text[..<hash]), number: number)
    }
    return .mark(String(text), number: nil)
  }

  /// Whether marks must be known to tell when it is.
  public var isMark: Bool { if case .mark = self { true } else { false } }
}
