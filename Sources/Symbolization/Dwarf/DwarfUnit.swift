// One unit, open for reading: its entries, and all that their values refer to (strings, addresses,
// range lists, other entries). Belongs to the task that opened it.

import CElfutils

final class DwarfUnit {
  let file: DwarfFile
  let header: UnitHeader
  let table: AbbreviationTable
  let root: UnitRoot
  /// The unit in the program's own file, of which this one is the split half.
  private let skeleton: DwarfUnit?
  private let firstEntry: EntryReader

  /// What addresses in lists of ranges count from, until a list says otherwise.
  let baseAddress: UInt64

  /// Opens a unit; `nil` when its first entry cannot be read.
  init?(
    _ header: UnitHeader, of file: DwarfFile, table: AbbreviationTable, skeleton: DwarfUnit? = nil
  ) {
    self.file = file
    self.header = header
    self.table = table
    self.skeleton = skeleton
    let section = SectionReader(file.sections[.info], at: header.entriesOffset)
      .limited(to: header.end)
    firstEntry = EntryReader(section, unitStart: header.offset, table: table)
    var entries = firstEntry
    guard let root = UnitRoot(&entries) else { return nil }
    self.root = root
    let inherited = skeleton?.baseAddress ?? 0
    baseAddress =
      root.place.lowAddress.flatMap {
        Self.address($0, root: root, header: header, file: file, skeleton: skeleton)
      } ?? inherited
  }

  /// A reader that stands before the unit's first entry.
  func entries() -> EntryReader { firstEntry }

  /// A reader that stands before an entry; `nil` outside of the unit.
  func entries(at offset: UInt64) -> EntryReader? {
    guard offset >= UInt64(header.entriesOffset), offset < UInt64(header.end) else { return nil }
    var entries = entries()
    entries.seek(to: Int(offset))
    return entries
  }

  /// What stands in the entry at an offset of the section.
  func entry(at offset: UInt64) -> (shape: EntryReader.Shape, entry: DwarfEntry)? {
    guard var entries = entries(at: offset), let shape = entries.next() else { return nil }
    var entry = DwarfEntry()
    entries.attributes(of: shape) { entry.take($0, $1) }
    return (shape, entry)
  }

  // MARK: Values

  /// An address, in the entry or in the table of addresses; `nil` for other values.
  func address(_ value: DwarfValue) -> UInt64? {
    Self.address(value, root: root, header: header, file: file, skeleton: skeleton)
  }

  private static func address(
    _ value: DwarfValue, root: UnitRoot, header: UnitHeader, file: DwarfFile, skeleton: DwarfUnit?
  ) -> UInt64? {
    switch value.form {
    case .address: return value.number
    case .addressIndex, .addressIndex1, .addressIndex2, .addressIndex3, .addressIndex4,
      .gnuAddressIndex:
      // Addresses of a split unit stand in the program's own file.
      let owner = skeleton?.file ?? file
      let base = skeleton?.root.addressBase ?? root.addressBase ?? 0
      let width = header.encoding.addressBytes
      guard
        var reader = reader(
          owner.sections[.addresses], base: base, index: value.number, width: width)
      else { return nil }
      return reader.address(bytes: UInt64(width))
    default: return nil
    }
  }

  private func address(index: UInt64) -> UInt64 {
    address(DwarfValue(form: .addressIndex, number: index)) ?? 0
  }

  /// A string, wherever it stands; `nil` for other values and what is not there.
  func text(_ value: DwarfValue) -> UnsafeRawBufferPointer? {
    switch value.form {
    case .string: file.text(.info, at: value.number)
    case .stringOffset: file.text(.strings, at: value.number)
    case .lineStringOffset: file.text(.lineStrings, at: value.number)
    case .supplementString, .gnuAlternateString:
      file.alternate?.text(.strings, at: value.number)
    case .stringIndex, .stringIndex1, .stringIndex2, .stringIndex3, .stringIndex4,
      .gnuStringIndex:
      text(index: value.number)
    default: nil
    }
  }

  private func text(index: UInt64) -> UnsafeRawBufferPointer? {
    guard
      var reader = Self.reader(
        file.sections[.stringOffsets], base: root.stringOffsetsBase ?? defaultStringOffsetsBase,
        index: index, width: header.encoding.offsetBytes)
    else { return nil }
    return file.text(.strings, at: reader.sectionOffset(is64Bit: header.encoding.is64Bit))
  }

  /// A split unit's table is the only one of its file: it stands behind the header, which GNU's
  /// older one does not have.
  private var defaultStringOffsetsBase: UInt64 {
    header.encoding.version < 5 ? 0 : header.encoding.is64Bit ? 16 : 8
  }

  /// A reader at one element of a table.
  private static func reader(
    _ section: UnsafeRawBufferPointer, base: UInt64, index: UInt64, width: Int
  ) -> SectionReader? {
    let (distance, overflow) = index.multipliedReportingOverflow(by: UInt64(width))
    let (offset, carry) = base.addingReportingOverflow(distance)
    guard !overflow, !carry, offset < UInt64(section.count) else { return nil }
    return SectionReader(section, at: Int(offset))
  }

  // MARK: Ranges

  /// More ranges than this in one entry are damage.
  private static let rangesMax = 1 << 20

  /// The non-empty address ranges of an entry (DWARF 5, section 2.17).
  @inline(__always)
  func ranges(of place: EntryPlace, _ body: (Range<UInt64>) -> Void) {
    if let low = place.lowAddress, let high = place.highAddress {
      guard let start = address(low) else { return }
      let end = address(high) ?? start &+ high.number
      if start < end { body(start..<end) }
    } else if let ranges = place.ranges {
      if header.encoding.version >= 5 {
        modernRanges(ranges, body)
      } else {
        oldRanges(ranges.number, body)
      }
    }
  }

  /// `.debug_ranges` (DWARF 4, section 2.17.3): pairs of addresses.
  private func oldRanges(_ offset: UInt64, _ body: (Range<UInt64>) -> Void) {
    // A split unit's ranges stand in the program's own file.
    let owner = skeleton ?? self
    let (start, overflow) = offset.addingReportingOverflow(skeleton?.root.rangesBase ?? 0)
    let section = owner.file.sections[.ranges]
    guard !overflow, start < UInt64(section.count) else { return }
    var reader = SectionReader(section, at: Int(start))
    let width = UInt64(header.encoding.addressBytes)
    let highest = header.encoding.addressBytes == 4 ? UInt64(UInt32.max) : .max
    var base = baseAddress
    for _ in 0..<Self.rangesMax {
      let first = reader.address(bytes: width)
      let second = reader.address(bytes: width)
      if reader.hasFailed || (first == 0 && second == 0) { return }
      if first == highest {
        base = second
      } else if first < second {
        report(base &+ first, base &+ second, body)
      }
    }
  }

  /// `.debug_rnglists` (DWARF 5, section 7.25).
  private func modernRanges(_ value: DwarfValue, _ body: (Range<UInt64>) -> Void) {
    guard var reader = rangeList(value) else { return }
    let width = UInt64(header.encoding.addressBytes)
    var base = baseAddress
    for _ in 0..<Self.rangesMax {
      var start: UInt64 = 0
      var end: UInt64 = 0
      switch Int(reader.integer(UInt8.self)) {
      case Int(DW_RLE_base_addressx):
        base = address(index: reader.unsignedLEB())
        continue
      case Int(DW_RLE_startx_endx):
        start = address(index: reader.unsignedLEB())
        end = address(index: reader.unsignedLEB())
      case Int(DW_RLE_startx_length):
        start = address(index: reader.unsignedLEB())
        end = start &+ reader.unsignedLEB()
      case Int(DW_RLE_offset_pair):
        start = base &+ reader.unsignedLEB()
        end = base &+ reader.unsignedLEB()
      case Int(DW_RLE_base_address):
        base = reader.address(bytes: width)
        continue
      case Int(DW_RLE_start_end):
        start = reader.address(bytes: width)
        end = reader.address(bytes: width)
      case Int(DW_RLE_start_length):
        start = reader.address(bytes: width)
        end = start &+ reader.unsignedLEB()
      default: return  // the end of the list, or something unknown
      }
      if reader.hasFailed { return }
      report(start, end, body)
    }
  }

  private func rangeList(_ value: DwarfValue) -> SectionReader? {
    let section = file.sections[.rangeLists]
    guard value.form == .rangeListIndex else {
      guard value.number < UInt64(section.count) else { return nil }
      return SectionReader(section, at: Int(value.number))
    }
    let base = root.rangeListsBase ?? (header.encoding.is64Bit ? 20 : 12)
    guard
      var reader = Self.reader(
        section, base: base, index: value.number, width: header.encoding.offsetBytes)
    else { return nil }
    let (offset, overflow) =
      base.addingReportingOverflow(reader.sectionOffset(is64Bit: header.encoding.is64Bit))
    guard !overflow, offset < UInt64(section.count) else { return nil }
    return SectionReader(section, at: Int(offset))
  }

  private func report(_ start: UInt64, _ end: UInt64, _ body: (Range<UInt64>) -> Void) {
    if start < end { body(start..<end) }
  }
}
