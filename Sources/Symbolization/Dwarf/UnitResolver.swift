// All that one unit knows about a set of addresses: functions and inlined calls from its entries,
// positions from its line program, put together into frames.

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
  private let symbols: SymbolNames
  private let cache: UnitCache
  private let lineSections: LineProgram.Sections

  /// Prepares for the units of one file; `symbols` serves functions whose entry has no linkage
  /// name.
  init(
    _ dwarf: DwarfFile, module: ModuleImage.ID, symbols: SymbolNames, readableNames: ReadableNames
  ) {
    cache = UnitCache(readableNames)
    self.dwarf = dwarf
    self.module = module
    self.symbols = symbols
    lineSections = LineProgram.Sections(
      lines: dwarf.sections[.lines], strings: dwarf.sections[.strings],
      lineStrings: dwarf.sections[.lineStrings])
  }

  /// The answers for addresses, which must be sorted and distinct. O(unit + addresses).
  func resolve(_ addresses: [UInt64], unit offset: UInt64) -> [Answer] {
    guard let unit = cache.unit(at: offset, of: dwarf) else {
      return addresses.map { _ in .position(SourcePosition()) }
    }
    let program = lineProgram(of: unit)
    let positions =
      program?.positions(of: addresses, code: dwarf.code) ?? addresses.map { _ in nil }
    // A skeleton unit keeps its functions in another file.
    let withFunctions = unit.root.splitName == nil ? unit : cache.split(of: unit) ?? unit
    var walker = UnitWalker(withFunctions, addresses: addresses, code: dwarf.code)
    walker.walk()

    let names = EntryNames(withFunctions, cache: cache, program: program?.header)
    var frames = UnitFrames(
      sites: walker.sites, unit: withFunctions, names: names, module: module, symbols: symbols)
    return addresses.indices.map { index in
      guard let site = walker.innermost[index] else {
        return .position(frames.position(positions[index]))
      }
      return .frames(frames.frames(of: site, at: positions[index]))
    }
  }

  private func lineProgram(of unit: DwarfUnit) -> LineProgram? {
    guard let offset = unit.root.lineProgram else { return nil }
    let directory = unit.root.compilationDirectory.flatMap { unit.text($0) }
    return LineProgram(
      lineSections, at: offset,
      compilationDirectory: directory.map { String(decoding: $0, as: UTF8.self) })
  }
}
