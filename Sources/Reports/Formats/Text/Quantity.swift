import TraceFormat

/// How figures are written for people: three significant digits and a binary unit for sizes,
/// grouped digits for exact counts, the coarsest sensible unit for times.
///
/// Called by every text renderer; JSON never goes through here, it carries the exact integers.
public enum Quantity {
  /// A size such as `512 B`, `1.50 KiB` or `12.3 MiB`.
  ///
  /// Sizes below 1 KiB are exact; larger ones keep three significant digits.
  public static func bytes(_ count: some BinaryInteger) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var unit = 0
    var value = Double(count)
    // The bound is where three digits would round up to the next unit: 1,023.5 KiB is 1.00 MiB.
    while value >= 1023.5, unit + 1 < units.count {
      value /= 1024
      unit += 1
    }
    guard unit > 0 else { return "\(count) B" }
    return "\(threeDigits(value)) \(units[unit])"
  }

  /// A size that also gives the exact number: `12.3 MiB (12,901,377 bytes)`.
  public static func exactBytes(_ count: some BinaryInteger) -> String {
    count < 1024 ? bytes(count) : "\(bytes(count)) (\(grouped(count)) bytes)"
  }

  /// Sizes from one to another: `100 to 200 B`, `512 B to 1.50 KiB`.
  public static func range(_ sizes: ClosedRange<Int>) -> String {
    let (low, high) = (bytes(sizes.lowerBound), bytes(sizes.upperBound))
    let unit = high.drop { $0 != " " }
    return low.hasSuffix(unit) ? "\(low.dropLast(unit.count)) to \(high)" : "\(low) to \(high)"
  }

  /// An exact count with grouped digits: `91,472,113`.
  public static func grouped(_ count: some BinaryInteger) -> String {
    let digits = Array(String(count.magnitude))
    var text = count < 0 ? "-" : ""
    text.reserveCapacity(digits.count + digits.count / 3)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// A count and its noun: `1 block`, `2 blocks`.
  public static func counted(
    _ count: some BinaryInteger, _ singular: String, _ plural: String? = nil
  ) -> String {
    "\(grouped(count)) \(count == 1 ? singular : plural ?? singular + "s")"
  }

  /// A share of a whole: `65.0 %`, `<0.1 %`; empty when there is no whole to share.
  public static func percent(_ part: some BinaryInteger, of whole: some BinaryInteger) -> String {
    guard whole > 0 else { return "" }
    guard part > 0 else { return "0 %" }
    let tenths = (Double(part) / Double(whole) * 1000).rounded()
    if tenths < 1 { return "<0.1 %" }
    // A share that only rounds to the whole is not the whole.
    if tenths >= 1000, Double(part) < Double(whole) { return ">99.9 %" }
    return "\(fixed(tenths / 10, decimals: 1)) %"
  }

  /// A length of time: `850 ns`, `12.3 ms`, `3.41 s`, `2 min 05 s`, `3 h 07 min`.
  public static func duration(nanoseconds: UInt64) -> String {
    let seconds = Double(nanoseconds) / 1e9
    switch nanoseconds {
    case ..<1_000: return "\(nanoseconds) ns"
    case ..<999_500: return "\(threeDigits(Double(nanoseconds) / 1e3)) µs"
    case ..<999_500_000: return "\(threeDigits(Double(nanoseconds) / 1e6)) ms"
    case ..<99_950_000_000: return "\(threeDigits(seconds)) s"
    default:
      let whole = UInt64(seconds.rounded())
      if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
      return "\(whole / 3600) h \(twoDigits(whole % 3600 / 60)) min"
    }
  }

  /// A moment of the run: as a length of time since its start, which the recorder's clock does not know
  /// more closely than to a millisecond.
  public static func moment(nanoseconds: UInt64) -> String {
    nanoseconds < 1_000_000 ? "under 1 ms" : duration(nanoseconds: nanoseconds)
  }

  /// How long a process ran, as the recorder's clock knows it.
  public static func elapsed(nanoseconds: UInt64) -> String {
    nanoseconds < 1_000_000 ? "less than 1 ms" : duration(nanoseconds: nanoseconds)
  }

  /// How often something happened per second: `26.8 M/s`; empty when no time passed.
  public static func rate(_ count: some BinaryInteger, nanoseconds: UInt64) -> String {
    guard nanoseconds > 0 else { return "" }
    let perSecond = Double(count) / (Double(nanoseconds) / 1e9)
    switch perSecond {
    case ..<999.5: return "\(threeDigits(perSecond)) /s"
    case ..<999_500: return "\(threeDigits(perSecond / 1e3)) k/s"
    default: return "\(threeDigits(perSecond / 1e6)) M/s"
    }
  }

  /// A value with a fixed number of decimals, rounded half away from zero.
  static func fixed(_ value: Double, decimals: Int) -> String {
    var scale: UInt64 = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = UInt64(saturating: (value * Double(scale)).rounded())
    guard decimals > 0 else { return String(scaled) }
    let fraction = String(scaled % scale)
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(scaled / scale).\(zeros)\(fraction)"
  }

  private static func threeDigits(_ value: Double) -> String {
    switch value {
    case ..<9.995: return fixed(value, decimals: 2)
    case ..<99.95: return fixed(value, decimals: 1)
    default: return grouped(UInt64(saturating: value.rounded()))
    }
  }

  private static func twoDigits(_ value: UInt64) -> String {
    value < 10 ? "0\(value)" : String(value)
  }
}
