import CElfutils

/// What a unit's first entry says about the whole unit (DWARF 5, section 3.1).
struct UnitRoot {
  private(set) var tag: UInt16 = 0
  private(set) var hasChildren = false
  private(set) var hasRanges = false
  /// Address and range attributes.
  private(set) var place = EntryPlace()
  private(set) var language: UInt64 = 0
  private(set) var lineProgram: UInt64?
  private(set) var compilationDirectory: DwarfValue?
  private(set) var stringOffsetsBase: UInt64?
  private(set) var addressBase: UInt64?
  private(set) var rangeListsBase: UInt64?
  /// GNU's split DWARF 4: what offsets of ranges in the split unit count from.
  private(set) var rangesBase: UInt64 = 0
  /// The file of a skeleton's split unit.
  private(set) var splitName: DwarfValue?
  private(set) var splitID: UInt64?

  /// Reads the entry that a reader stands before; `nil` when it is damaged.
  init?(_ entries: inout EntryReader) {
    guard let shape = entries.next() else { return nil }
    tag = shape.pointee.tag
    hasChildren = shape.pointee.hasChildren
    entries.attributes(of: shape) { take($0, $1) }
  }

  private mutating func take(_ attribute: UInt16, _ value: DwarfValue) {
    switch Int(attribute) {
    case Int(DW_AT_language): language = value.number
    case Int(DW_AT_stmt_list): lineProgram = value.number
    case Int(DW_AT_comp_dir): compilationDirectory = value
    case Int(DW_AT_str_offsets_base): stringOffsetsBase = value.number
    case Int(DW_AT_addr_base), Int(DW_AT_GNU_addr_base): addressBase = value.number
    case Int(DW_AT_rnglists_base): rangeListsBase = value.number
    case Int(DW_AT_GNU_ranges_base): rangesBase = value.number
    case Int(DW_AT_dwo_name), Int(DW_AT_GNU_dwo_name): splitName = value
    case Int(DW_AT_GNU_dwo_id): splitID = value.number
    default:
      if Int(attribute) == Int(DW_AT_ranges) { hasRanges = true }
      place.take(attribute, value)
    }
  }
}
