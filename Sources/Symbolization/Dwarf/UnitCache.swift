// What one task keeps from unit to unit. A unit refers to others where a compiler or dwz joined
// several (link-time optimization, partial units), and units share tables of shapes and names.

/// Opens units of a debug file and of the file that dwz split off.
final class UnitCache {
  /// Kept open at once; more are opened again when they are needed again.
  private static let unitsMax = 256

  private struct TableKey: Hashable {
    let file: ObjectIdentifier
    let offset: UInt64
    let encoding: DwarfEncoding
  }

  private struct UnitKey: Hashable {
    let file: ObjectIdentifier
    let offset: Int
  }

  /// With the file, whose identity stands in the key.
  private var tables: [TableKey: (file: DwarfFile, table: AbbreviationTable)] = [:]
  private var units: [UnitKey: DwarfUnit] = [:]
  private let readableNames: ReadableNames

  /// Shares names with other tasks.
  init(_ readableNames: ReadableNames) {
    self.readableNames = readableNames
  }

  /// The unit with that header; `nil` when it is damaged.
  func unit(_ header: UnitHeader, of file: DwarfFile) -> DwarfUnit? {
    let key = UnitKey(file: ObjectIdentifier(file), offset: header.offset)
    if let known = units[key] { return known }
    guard let table = table(for: header, of: file),
      let unit = DwarfUnit(header, of: file, table: table)
    else { return nil }
    if units.count >= Self.unitsMax { units.removeAll() }
    units[key] = unit
    return unit
  }

  /// The unit whose header stands at an offset.
  func unit(at offset: UInt64, of file: DwarfFile) -> DwarfUnit? {
    guard let offset = Int(exactly: offset),
      let header = UnitHeader(file.sections[.info], at: offset)
    else { return nil }
    return unit(header, of: file)
  }

  /// The split half of a skeleton unit. It is not kept: nothing refers to it.
  func split(of skeleton: DwarfUnit) -> DwarfUnit? {
    guard let file = skeleton.file.splits?.file(for: skeleton),
      let id = skeleton.header.splitID ?? skeleton.root.splitID
    else { return nil }
    for header in file.unitHeaders() {
      guard
        let table = AbbreviationTable(
          file.sections[.abbreviations], at: header.abbreviationsOffset,
          encoding: header.encoding),
        let unit = DwarfUnit(header, of: file, table: table, skeleton: skeleton),
        (header.splitID ?? unit.root.splitID) == id
      else { continue }
      return unit
    }
    return nil
  }

  /// The entry that a value refers to: in the same unit, in another, or in dwz's file.
  func entry(_ reference: DwarfValue, from unit: DwarfUnit) -> (unit: DwarfUnit, offset: UInt64)? {
    switch reference.form {
    case let form where form.isUnitReference:
      return (unit, UInt64(unit.header.offset) &+ reference.number)
    case .sectionReference:
      return self.entry(at: reference.number, of: unit.file)
    case .gnuAlternateReference, .supplementReference4, .supplementReference8:
      return unit.file.alternate.flatMap { self.entry(at: reference.number, of: $0) }
    default: return nil
    }
  }

  private func entry(at offset: UInt64, of file: DwarfFile) -> (unit: DwarfUnit, offset: UInt64)? {
    guard let header = file.unitHeader(holding: offset), let unit = unit(header, of: file) else {
      return nil
    }
    return (unit, offset)
  }

  /// The linkage name that stands in some section, and how people read it.
  func name(_ text: UnsafeRawBufferPointer) -> FunctionName { readableNames[text] }

  private func table(for header: UnitHeader, of file: DwarfFile) -> AbbreviationTable? {
    let key = TableKey(
      file: ObjectIdentifier(file), offset: header.abbreviationsOffset, encoding: header.encoding)
    if let known = tables[key] { return known.table }
    guard
      let table = AbbreviationTable(
        file.sections[.abbreviations], at: header.abbreviationsOffset, encoding: header.encoding)
    else { return nil }
    if tables.count >= Self.unitsMax { tables.removeAll() }
    tables[key] = (file, table)
    return table
  }
}
