// Gives out the units of a debug file in its order, each to the task that asks first, and says which
// addresses a unit covers: by the units' own ranges, not by `.debug_aranges`, which clang leaves out
// and other tools keep incomplete. Compressed units are unpacked on the way: while one task unpacks
// its next unit, another reads the one that it unpacked before.

import CElfutils
import Synchronization

/// The units of one debug file, in turn.
final class UnitSequence: Sendable {
  private let dwarf: DwarfFile
  /// Where the next unit's header stands.
  private let offset = Mutex(0)

  /// Begins at the first unit.
  init(_ dwarf: DwarfFile) {
    self.dwarf = dwarf
  }

  /// The next unit, readable as a whole; `nil` behind the last one, and where units are damaged.
  func next() -> UnitHeader? {
    let sections = dwarf.sections
    let header = offset.withLock { offset -> UnitHeader? in
      guard offset < sections[.info].count,
        sections.unpackUnits(to: offset + UnitHeader.bytesMax),
        let header = UnitHeader(sections[.info], at: offset)
      else {
        offset = .max
        return nil
      }
      offset = header.end
      return header
    }
    // Others may take what has been unpacked meanwhile.
    guard let header, sections.unpackUnits(to: header.end) else { return nil }
    return header
  }
}

/// Which of the addresses looked for one unit may know.
struct UnitCoverage {
  /// Places in the list of addresses, growing.
  let places: [Int]
  /// Whether the unit does not say, or not fully, which addresses it covers: it is a candidate for
  /// every address that no unit claims.
  let isIncomplete: Bool

  /// Reads the unit's first entry; the addresses must be sorted. `nil` when the unit has no code.
  init?(_ header: UnitHeader, of dwarf: DwarfFile, addresses: [UInt64]) {
    let type = Int(header.type)
    guard type == Int(DW_UT_compile) || type == Int(DW_UT_skeleton),
      let unit = Self.rootOnly(header, of: dwarf),
      // A partial unit of dwz, before units had types.
      [DW_TAG_compile_unit, DW_TAG_skeleton_unit].contains(where: { $0 == unit.root.tag })
    else { return nil }
    var places: [Int] = []
    var isSorted = true
    var isRanged = false
    unit.ranges(of: unit.root.place) { range in
      isRanged = true
      var place = addresses.lowerBound(of: range.lowerBound)
      guard place < addresses.count, addresses[place] < range.upperBound,
        dwarf.code.containsAddress(range.lowerBound)
      else { return }
      if let last = places.last, last >= place { isSorted = false }
      while place < addresses.count, addresses[place] < range.upperBound {
        places.append(place)
        place += 1
      }
    }
    self.places = isSorted ? places : Set(places).sorted()
    // DWARF 2 has no range lists: what it says of a unit is only its largest part.
    isIncomplete =
      (!isRanged || (header.encoding.version <= 2 && !unit.root.hasRanges))
      && (unit.root.hasChildren || unit.root.splitName != nil)
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
}
