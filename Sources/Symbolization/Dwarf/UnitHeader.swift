import CElfutils

/// The header of a unit of `.debug_info` (DWARF 5, section 7.5.1).
struct UnitHeader: Sendable {
  /// Where the header starts in the section.
  let offset: Int
  /// Where the unit's first entry stands.
  let entriesOffset: Int
  /// One past the unit.
  let end: Int
  let encoding: DwarfEncoding
  let abbreviationsOffset: UInt64
  /// `DW_UT_…`; before DWARF 5, where units had no type, `DW_UT_compile`.
  let type: UInt8
  /// What a skeleton and its split unit have in common; older ones keep it in an attribute.
  let splitID: UInt64?

  /// No header is larger.
  static let bytesMax = 64

  /// Reads the header at an offset; `nil` when it is damaged or of an unknown version.
  init?(_ section: UnsafeRawBufferPointer, at offset: Int) {
    var reader = SectionReader(section, at: offset)
    var length = UInt64(reader.integer(UInt32.self))
    let is64Bit = length == 0xffff_ffff
    if is64Bit { length = reader.integer(UInt64.self) }
    guard !reader.hasFailed, length <= UInt64(reader.remaining) else { return nil }
    self.offset = offset
    end = reader.offset + Int(length)
    reader = reader.limited(to: end)

    let version = reader.integer(UInt16.self)
    guard (2...5).contains(version) else { return nil }
    let addressBytes: UInt8
    var splitID: UInt64?
    if version >= 5 {
      type = reader.integer(UInt8.self)
      addressBytes = reader.integer(UInt8.self)
      abbreviationsOffset = reader.sectionOffset(is64Bit: is64Bit)
      switch Int(type) {
      case Int(DW_UT_skeleton), Int(DW_UT_split_compile): splitID = reader.integer(UInt64.self)
      case Int(DW_UT_type), Int(DW_UT_split_type):
        reader.skip(is64Bit ? 16 : 12)  // signature and offset of the type
      default: break
      }
    } else {
      type = UInt8(DW_UT_compile)
      abbreviationsOffset = reader.sectionOffset(is64Bit: is64Bit)
      addressBytes = reader.integer(UInt8.self)
    }
    guard !reader.hasFailed, addressBytes == 8 || addressBytes == 4 else { return nil }
    self.splitID = splitID
    entriesOffset = reader.offset
    encoding = DwarfEncoding(
      version: version, addressBytes: Int(addressBytes), is64Bit: is64Bit)
  }

  /// The headers of all units of a section, in its order, up to the first that cannot be read.
  static func all(in section: UnsafeRawBufferPointer) -> [UnitHeader] {
    var headers: [UnitHeader] = []
    var offset = 0
    while offset < section.count, let header = UnitHeader(section, at: offset) {
      headers.append(header)
      offset = header.end
    }
    return headers
  }
}
