// The address ranges of one debugging information entry (DIE).

import CElfutils

enum DieRanges {
  /// More ranges than this in one entry are damage.
  static let countMax = 1 << 20

  /// The non-empty ranges of an entry, from its low and high pc or its range list.
  static func of(_ die: inout Dwarf_Die) -> [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    var offset = 0
    var base: Dwarf_Addr = 0
    var start: Dwarf_Addr = 0
    var end: Dwarf_Addr = 0
    for _ in 0..<countMax {
      offset = dwarf_ranges(&die, offset, &base, &start, &end)
      guard offset > 0 else { break }
      if start < end { ranges.append(start..<end) }
    }
    return ranges
  }
}

extension [Range<UInt64>] {
  /// Whether one of the ranges, which must be sorted, holds an address.
  func containsAddress(_ address: UInt64) -> Bool {
    // A file has few executable sections; most addresses are in the largest, found last or first.
    contains { $0.contains(address) }
  }
}
