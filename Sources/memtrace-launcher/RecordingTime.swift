import ArgumentParser

/// A length of time that an option takes: `60s`, `1.5min`, `250ms`, or seconds without a unit; at least
/// a millisecond and less than 46 days, as the recorder takes it.
struct RecordingTime: ExpressibleByArgument, Equatable {
  private static let units: [(name: String, milliseconds: Double)] = [
    ("ms", 1), ("min", 60_000), ("s", 1000), ("h", 3_600_000),
  ]
  private static let most = 4_000_000_000.0

  let milliseconds: UInt32

  init?(argument: String) {
    let unit = Self.units.first { argument.hasSuffix($0.name) } ?? ("", 1000)
    let digits = argument.dropLast(unit.name.count)
    guard let first = digits.first, first.isASCII, first.isNumber,
      digits.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }), let value = Double(digits)
    else { return nil }
    let milliseconds = (value * unit.milliseconds).rounded()
    guard milliseconds >= 1, milliseconds <= Self.most else { return nil }
    self.milliseconds = UInt32(milliseconds)
  }
}
