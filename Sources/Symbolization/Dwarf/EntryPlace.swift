import CElfutils

/// Where an entry's code is, and where the entry ends.
struct EntryPlace {
  private(set) var lowAddress: DwarfValue?
  private(set) var highAddress: DwarfValue?
  private(set) var ranges: DwarfValue?
  private(set) var sibling: DwarfValue?

  /// Takes over one attribute; those about other things are ignored.
  @inline(__always)
  mutating func take(_ attribute: UInt16, _ value: DwarfValue) {
    switch Int(attribute) {
    case Int(DW_AT_low_pc): lowAddress = value
    case Int(DW_AT_high_pc): highAddress = value
    case Int(DW_AT_ranges): ranges = value
    case Int(DW_AT_sibling): sibling = value
    default: break
    }
  }
}
