// All that one unit knows about a set of addresses: functions and inlined calls from its entries,
// positions from its line program, put together into frames.

import CElfutils

/// Resolves addresses of the units of one debug file.
struct UnitResolver {
  /// What a unit knows about one address.
  enum Answer {
    /// Frames, innermost first.
    case frames([SourceFrame])
    /// No function covers the address, but maybe a line does.
    case position(SourcePosition)
  }

  private let dwarf: DwarfFile
  private let module: ModuleImage.ID
  private let names: SymbolNames
  private let code: [Range<UInt64>]
  private let lineSections: LineProgram.Sections?

  /// Prepares for the units of one file; `names` serves functions whose entry has no linkage name.
  init(_ dwarf: DwarfFile, module: ModuleImage.ID, names: SymbolNames) {
    self.dwarf = dwarf
    self.module = module
    self.names = names
    code = dwarf.file.codeRanges()
    lineSections = dwarf.lineSections()
  }

  /// The answers for addresses, which must be sorted and distinct. O(unit + addresses).
  func resolve(_ addresses: [UInt64], unit offset: UInt64) -> [Answer] {
    var unit = Dwarf_Die()
    guard dwarf_offdie(dwarf.handle, offset, &unit) != nil else {
      return addresses.map { _ in .position(SourcePosition()) }
    }
    let program = lineProgram(of: &unit)
    let positions =
      program?.positions(of: addresses, isCode: { code.containsAddress($0) })
      ?? addresses.map { _ in nil }
    var walker = UnitWalker(addresses: addresses, code: code)
    walker.walk(rootWithFunctions(of: unit))

    var frames = UnitFrames(
      sites: walker.sites, names: DieNames(program: program?.header), module: module,
      symbols: names)
    return addresses.indices.map { index in
      guard let site = walker.innermost[index] else {
        return .position(frames.position(positions[index]))
      }
      return .frames(frames.frames(of: site, at: positions[index]))
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
}
