// Names of functions, and places of inlined calls, from the entries of one unit. Each entry and
// each file is read once, however many addresses lie in it.

import CElfutils

/// Reads and remembers the names of one unit.
struct DieNames {
  /// A function's readable name, the bare one of its source, and the linker's if the compiler gave
  /// one.
  struct Name {
    let function: String?
    let sourceName: String?
    let linkageName: String?
  }

  private let program: LineProgramHeader?
  private var names: [UnsafeMutableRawPointer: Name] = [:]
  private var paths: [UInt64: String?] = [:]
  private var scopes = DieScopes()

  /// Begins without names; files are those of the unit's line program.
  init(program: LineProgramHeader?) {
    self.program = program
  }

  /// The name of a function or of an inlined call's callee.
  mutating func name(of die: inout Dwarf_Die) -> Name {
    // Calls of one function share its abstract entry, and with it the name.
    var attribute = Dwarf_Attribute()
    var origin = Dwarf_Die()
    let isCall = Int(dwarf_tag(&die)) == Int(DW_TAG_inlined_subroutine)
    guard isCall, dwarf_attr(&die, UInt32(DW_AT_abstract_origin), &attribute) != nil,
      dwarf_formref_die(&attribute, &origin) != nil, let key = origin.addr
    else { return readName(of: &die) }
    if let known = names[key] { return known }
    let name = readName(of: &die)
    names[key] = name
    return name
  }

  /// Path of a file in the unit's table.
  mutating func path(ofFile number: UInt64) -> String? {
    if let known = paths[number] { return known }
    let path = program?.path(ofFile: number)
    paths[number] = path
    return path
  }

  /// Where an inlined function was called.
  mutating func callPosition(of die: inout Dwarf_Die) -> SourcePosition {
    guard let line = Self.number(&die, DW_AT_call_line), line > 0 else {
      return SourcePosition(
        file: Self.number(&die, DW_AT_call_file).flatMap { path(ofFile: $0) }, line: nil,
        column: nil)
    }
    return SourcePosition(
      file: Self.number(&die, DW_AT_call_file).flatMap { path(ofFile: $0) },
      line: Int(exactly: line),
      column: Self.number(&die, DW_AT_call_column).flatMap { $0 == 0 ? nil : Int(exactly: $0) })
  }

  /// The concrete entry's own linkage name comes first: of a constructor's variants, the abstract
  /// entry names one that does not exist.
  private mutating func readName(of die: inout Dwarf_Die) -> Name {
    let linkageName =
      Self.text(&die, DW_AT_linkage_name) ?? Self.text(&die, DW_AT_MIPS_linkage_name)
    if let linkageName {
      return Name(
        function: Demangler.readable(linkageName), sourceName: nil, linkageName: linkageName)
    }
    guard let name = Self.text(&die, DW_AT_name) else {
      return Name(function: nil, sourceName: nil, linkageName: nil)
    }
    return Name(
      function: scopes.qualified(name, of: die), sourceName: name, linkageName: nil)
  }

  /// An attribute of the entry, or of those it is an instance or the definition of.
  private static func text<Code: BinaryInteger>(
    _ die: inout Dwarf_Die, _ attributeCode: Code
  ) -> String? {
    var attribute = Dwarf_Attribute()
    guard dwarf_attr_integrate(&die, UInt32(attributeCode), &attribute) != nil,
      let text = dwarf_formstring(&attribute), text.pointee != 0
    else { return nil }
    return String(cString: text)
  }

  private static func number<Code: BinaryInteger>(
    _ die: inout Dwarf_Die, _ attributeCode: Code
  ) -> UInt64? {
    var attribute = Dwarf_Attribute()
    var value: Dwarf_Word = 0
    guard dwarf_attr(&die, UInt32(attributeCode), &attribute) != nil,
      dwarf_formudata(&attribute, &value) == 0
    else { return nil }
    return value
  }
}
