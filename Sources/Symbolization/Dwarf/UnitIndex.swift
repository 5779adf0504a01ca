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
    var entries: [Entry] = []
    var unranged: [UInt64] = []
    for header in dwarf.unitHeaders() {
      let type = Int(header.type)
      guard type == Int(DW_UT_compile) || type == Int(DW_UT_skeleton),
        let unit = Self.rootOnly(header, of: dwarf),
        // A partial unit of dwz, before units had types.
        [DW_TAG_compile_unit, DW_TAG_skeleton_unit].contains(where: { $0 == unit.root.tag })
      else { continue }
      let offset = UInt64(header.offset)
      var isRanged = false
      unit.ranges(of: unit.root.place) { range in
        isRanged = true
        if dwarf.code.containsAddress(range.lowerBound) {
          entries.append(Entry(start: range.lowerBound, end: range.upperBound, unit: offset))
        }
      }
      // DWARF 2 has no range lists: what it says of a unit is only its largest part.
      let isIncomplete = !isRanged || (header.encoding.version <= 2 && !unit.root.hasRanges)
      if isIncomplete, unit.root.hasChildren || unit.root.splitName != nil {
        unranged.append(offset)
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

  /// Of the unit's shapes only the first entry's is decoded.
  private static func rootOnly(_ header: UnitHeader, of dwarf: DwarfFile) -> DwarfUnit? {
    var reader = SectionReader(dwarf.sections[.info], at: header.entriesOffset)
      .limited(to: header.end)
    let code = reader.unsignedLEB()
    guard
      let table = AbbreviationTable(
        dwarf.sections[.abbreviations], at: header.abbreviationsOffset,
        encoding: header.encoding, only: code)
    else { return nil }
    return DwarfUnit(header, of: dwarf, table: table)
  }

  /// Offsets of the units that may hold an address, in no order. O(log n) unless ranges
  /// overlap.
  func units(at address: UInt64) -> [UInt64] {
    var units: [UInt64] = []
    var index = entries.lastIndex(notAbove: address, by: \.start) ?? -1
    while index >= 0, furthestEnd[index] > address {
      if entries[index].end > address, !units.contains(entries[index].unit) {
        units.append(entries[index].unit)
      }
      index -= 1
    }
    return units.isEmpty ? unranged : units
  }
}
