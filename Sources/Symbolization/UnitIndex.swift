// Which units of a debug file cover an address. Built from the units' own ranges, not from
// `.debug_aranges`, which clang leaves out and other tools keep incomplete.

import CElfutils

/// The address ranges of all units of one debug file.
struct UnitIndex: Sendable {
  private struct Entry: Sendable {
    let start: UInt64
    let end: UInt64
    let unit: UInt64
  }

  /// By start.
  private let entries: [Entry]
  /// `furthestEnd[i]`: the largest end of `entries[0 ... i]`.
  private let furthestEnd: [UInt64]
  /// Units that do not say, or not fully, which addresses they cover: candidates for every address
  /// that no unit claims.
  private let unranged: [UInt64]

  /// Whether there is nothing to find.
  var isEmpty: Bool { entries.isEmpty && unranged.isEmpty }

  /// Knows no unit.
  init() {
    entries = []
    furthestEnd = []
    unranged = []
  }

  /// Reads the root entry of every unit. O(units).
  init(_ dwarf: DwarfFile) {
    let code = dwarf.file.codeRanges()
    var entries: [Entry] = []
    var unranged: [UInt64] = []
    var unit: OpaquePointer?
    while true {
      var next: OpaquePointer?
      var version: Dwarf_Half = 0
      var type: UInt8 = 0
      var root = Dwarf_Die()
      guard dwarf_get_units(dwarf.handle, unit, &next, &version, &type, &root, nil) == 0,
        next != nil
      else { break }
      unit = next
      guard root.addr != nil,
        [DW_UT_compile, DW_UT_skeleton].contains(where: { Int($0) == Int(type) })
      else { continue }
      let offset = UInt64(dwarf_dieoffset(&root))
      let ranges = DieRanges.of(&root)
      // DWARF 2 has no range lists: what it says of a unit is only its largest part.
      let isIncomplete =
        ranges.isEmpty || (version <= 2 && dwarf_hasattr(&root, UInt32(DW_AT_ranges)) == 0)
      if isIncomplete, dwarf_haschildren(&root) == 1 || type == UInt8(DW_UT_skeleton) {
        unranged.append(offset)
      }
      for range in ranges where code.containsAddress(range.lowerBound) {
        entries.append(Entry(start: range.lowerBound, end: range.upperBound, unit: offset))
      }
    }
    entries.sort { ($0.start, $0.unit) < ($1.start, $1.unit) }
    var furthest: UInt64 = 0
    furthestEnd = entries.map { entry in
      furthest = Swift.max(furthest, entry.end)
      return furthest
    }
    self.entries = entries
    self.unranged = unranged
  }

  /// Offsets of the units that may hold an address, in no order. O(log n) unless ranges
  /// overlap.
  func units(at address: UInt64) -> [UInt64] {
    var units: [UInt64] = []
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    var index = low - 1
    while index >= 0, furthestEnd[index] > address {
      if entries[index].end > address, !units.contains(entries[index].unit) {
        units.append(entries[index].unit)
      }
      index -= 1
    }
    return units.isEmpty ? unranged : units
  }
}
