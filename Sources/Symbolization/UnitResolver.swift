// All that one unit knows about a set of addresses: functions and inlined calls from its entries,
// positions from its line program, put together into frames.

import CElfutils

/// Resolves addresses of one unit.
struct UnitResolver {
  /// A frame before names from the symbol table are considered.
  struct Frame {
    var function: String?
    var linkageName: String?
    var file: String?
    var line: Int?
    var column: Int?
  }

  /// What the unit knows about one address.
  struct Answer {
    /// Innermost first; empty when no function covers the address.
    var frames: [Frame]
    /// Where the address itself stands.
    var position: Frame
  }

  private let dwarf: DwarfFile
  private let code: [Range<UInt64>]
  private let lineSections: LineProgram.Sections?

  /// Prepares for the units of one file.
  init(_ dwarf: DwarfFile) {
    self.dwarf = dwarf
    code = dwarf.file.codeRanges()
    lineSections = dwarf.lineSections()
  }

  /// The answers for addresses, which must be sorted and distinct. O(unit + addresses).
  func resolve(_ addresses: [UInt64], unit offset: UInt64) -> [Answer] {
    let nothing = Answer(frames: [], position: Frame())
    var unit = Dwarf_Die()
    guard dwarf_offdie(dwarf.handle, offset, &unit) != nil else {
      return addresses.map { _ in nothing }
    }
    let program = lineProgram(of: &unit)
    let positions =
      program?.positions(of: addresses, isCode: { code.containsAddress($0) })
      ?? addresses.map { _ in nil }

    var walker = UnitWalker(addresses: addresses, code: code)
    walker.walk(rootWithFunctions(of: unit))
    var names = DieNames(program: program?.header)
    return addresses.indices.map { index in
      let position = positions[index]
      var here = Frame()
      here.file = position.flatMap { names.path(ofFile: $0.file) }
      here.line = position.flatMap { Self.number($0.line) }
      here.column = here.line == nil ? nil : position.flatMap { Self.number($0.column) }
      var answer = Answer(frames: [], position: here)
      // Outward from the innermost call; each entry says where its own function was called.
      for site in walker.chains[index].reversed() {
        var die = walker.sites[site]
        let name = names.name(of: &die)
        here.function = name.function
        here.linkageName = name.linkageName
        answer.frames.append(here)
        here = names.callPosition(of: &die)
      }
      return answer
    }
  }

  /// A skeleton unit keeps functions in a file of its own, which libdw opens.
  private func rootWithFunctions(of unit: Dwarf_Die) -> Dwarf_Die {
    var split = Dwarf_Die()
    guard let cu = unit.cu, dwarf_cu_info(cu, nil, nil, nil, &split, nil, nil, nil) == 0,
      split.addr != nil, Int(dwarf_tag(&split)) == Int(DW_TAG_compile_unit)
    else { return unit }
    return split
  }

  private func lineProgram(of unit: inout Dwarf_Die) -> LineProgram? {
    var attribute = Dwarf_Attribute()
    var offset: Dwarf_Word = 0
    guard let lineSections,
      dwarf_attr(&unit, UInt32(DW_AT_stmt_list), &attribute) != nil,
      dwarf_formudata(&attribute, &offset) == 0
    else { return nil }
    var directory: String?
    if dwarf_attr(&unit, UInt32(DW_AT_comp_dir), &attribute) != nil,
      let text = dwarf_formstring(&attribute)
    {
      directory = String(cString: text)
    }
    return LineProgram(lineSections, at: offset, compilationDirectory: directory)
  }

  /// DWARF writes "unknown" as 0.
  private static func number(_ value: UInt64) -> Int? {
    value == 0 ? nil : Int(exactly: value)
  }
}
