import CElfutils

/// What is read of one entry (DIE): where its code is, what it is called, what it stands for, and
/// where an inlined function was called. All in one pass over its attributes.
struct DwarfEntry {
  private(set) var place = EntryPlace()
  private(set) var name: DwarfValue?
  private(set) var linkageName: DwarfValue?
  /// The abstract entry of an instance, or the declaration of a definition.
  private(set) var origin: DwarfValue?
  /// Whether the function can be called from other units.
  private(set) var isExternal = false
  private(set) var declarationFile: DwarfValue?
  private(set) var declarationLine: DwarfValue?
  private(set) var declarationColumn: DwarfValue?
  private(set) var callFile: DwarfValue?
  private(set) var callLine: DwarfValue?
  private(set) var callColumn: DwarfValue?

  /// Takes over one attribute.
  @inline(__always)
  mutating func take(_ attribute: UInt16, _ value: DwarfValue) {
    switch Int(attribute) {
    case Int(DW_AT_name): name = value
    case Int(DW_AT_abstract_origin): origin = value
    // An instance says more than the declaration does.
    case Int(DW_AT_specification): if origin == nil { origin = value }
    case Int(DW_AT_linkage_name), Int(DW_AT_MIPS_linkage_name): linkageName = value
    case Int(DW_AT_external): isExternal = value.number != 0
    case Int(DW_AT_decl_file): declarationFile = value
    case Int(DW_AT_decl_line): declarationLine = value
    case Int(DW_AT_decl_column): declarationColumn = value
    case Int(DW_AT_call_file): callFile = value
    case Int(DW_AT_call_line): callLine = value
    case Int(DW_AT_call_column): callColumn = value
    default: place.take(attribute, value)
    }
  }
}
