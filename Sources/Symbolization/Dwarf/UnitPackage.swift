// A package of split units (`.dwp`; DWARF 5, section 7.3.5): sections of many units joined, and an
// index from a unit's id to its part of each. GNU's older format differs in its version and in the
// numbers of two sections.

import CElfutils

/// An open package.
final class UnitPackage: @unchecked Sendable {
  private let file: ElfFile
  private let sections: DwarfSections
  private let version: UInt32
  private let columns: Int
  private let units: Int
  private let slots: Int
  private let index: UnsafeRawBufferPointer

  /// Reads the header of a package's index; `nil` when the file is no package.
  init?(_ file: ElfFile) {
    let sections = DwarfSections(file, isSplit: true)
    let index = sections[.unitIndex]
    var reader = SectionReader(index)
    // Of two bytes and padding since DWARF 5, of four before.
    version = reader.integer(UInt32.self)
    columns = Int(reader.integer(UInt32.self))
    units = Int(reader.integer(UInt32.self))
    slots = Int(reader.integer(UInt32.self))
    guard !reader.hasFailed, version == 2 || version == 5, (1...64).contains(columns),
      slots > 0, slots & (slots - 1) == 0, units <= slots,
      slots * 12 + columns * 4 + units * columns * 8 <= reader.remaining
    else { return nil }
    self.file = file
    self.sections = sections
    self.index = index
  }

  /// The part of the package that one unit has; `nil` when it has none.
  func part(for id: UInt64) -> DwarfFile? {
    guard let row = row(for: id) else { return nil }
    var part = sections
    let headings = Self.headerBytes + slots * 12
    let offsets = headings + columns * 4 + row * columns * 4
    let sizes = offsets + units * columns * 4
    for column in 0..<columns {
      guard let name = section(number(headings + column * 4)) else { continue }
      let start = Int(number(offsets + column * 4))
      let end = start + Int(number(sizes + column * 4))
      guard end <= sections[name].count else { return nil }
      part[name] = UnsafeRawBufferPointer(rebasing: sections[name][start..<end])
    }
    return DwarfFile(file, sections: part)
  }

  private static let headerBytes = 16

  /// Open addressing with a second hash, as the format prescribes.
  private func row(for id: UInt64) -> Int? {
    let mask = UInt64(slots - 1)
    var slot = id & mask
    let step = (id >> 32) & mask | 1
    for _ in 0..<slots {
      let row = number(Self.headerBytes + slots * 8 + Int(slot) * 4)
      if row == 0 { return nil }
      var reader = SectionReader(index, at: Self.headerBytes + Int(slot) * 8)
      if reader.integer(UInt64.self) == id { return row <= UInt32(units) ? Int(row) - 1 : nil }
      slot = (slot + step) & mask
    }
    return nil
  }

  private func number(_ offset: Int) -> UInt32 {
    var reader = SectionReader(index, at: offset)
    return reader.integer(UInt32.self)
  }

  /// `DW_SECT_…`: what a column is about.
  private func section(_ identifier: UInt32) -> DwarfSections.Name? {
    switch identifier {
    case 1: .info
    case 3: .abbreviations
    case 4: .lines
    case 6: .stringOffsets
    case 8 where version == 5: .rangeLists
    default: nil
    }
  }
}
