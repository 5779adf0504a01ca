/// Sizes as people read them.
enum ByteSize {
  /// Three significant digits in binary units: `812 B`, `4.05 KiB`, `17.3 MiB`.
  static func text(_ bytes: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var scaled = Double(bytes)
    var unit = 0
    while scaled >= 1000 && unit < units.count - 1 {
      scaled /= 1024
      unit += 1
    }
    guard unit > 0 else { return "\(bytes) B" }
    let decimals = scaled < 10 ? 2 : scaled < 100 ? 1 : 0
    let factor = decimals == 2 ? 100 : decimals == 1 ? 10 : 1
    let rounded = Int64((scaled * Double(factor)).rounded())
    let whole = rounded / Int64(factor)
    guard decimals > 0 else { return "\(whole) \(units[unit])" }
    let fraction = String(rounded % Int64(factor))
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(whole).\(zeros)\(fraction) \(units[unit])"
  }
}
