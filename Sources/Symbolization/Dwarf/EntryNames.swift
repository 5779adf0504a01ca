// Names of functions, and places of inlined calls, from the entries of one unit. Each entry and
// each file is read once, however many addresses lie in it.

/// Reads and remembers the names of one unit.
struct EntryNames {
  struct Name {
    /// As people read it.
    var function: String?
    /// The bare one of the source.
    var sourceName: String?
    /// The linker's, if the compiler gave one.
    var linkageName: String?
    /// Whether the linker's may be another than the source's.
    var mayBeMangled = true
    /// Of functions that other units may have of the same name.
    var definition: FunctionDefinition?
  }

  /// An instance of an instance of a declaration is the most that compilers write.
  private static let originsMax = 16

  private static let cLanguages: Set<UInt64> = [
    0x01, 0x02, 0x0c, 0x1d, 0x2c,  // C of 1989, before it, of 1999, 2011 and 2017
  ]

  private static let fortranLanguages: Set<UInt64> = [
    0x07, 0x08, 0x0e, 0x22, 0x23,  // Fortran 77, 90, 95, 2003 and 2008
  ]

  private struct Origin: Hashable {
    let file: ObjectIdentifier
    let offset: UInt64
  }

  private let unit: DwarfUnit
  private let cache: UnitCache
  private let program: LineProgramHeader?
  private var names: [Origin: Name] = [:]
  private var paths: [UInt64: String?] = [:]
  /// The last answer: neighbouring addresses mostly lie in one file.
  private var lastPath: (file: UInt64, path: String?)?
  private var scopes: EntryScopes

  /// Begins without names; files are those of the unit's line program.
  init(_ unit: DwarfUnit, cache: UnitCache, program: LineProgramHeader?) {
    self.unit = unit
    self.cache = cache
    self.program = program
    scopes = EntryScopes(cache)
  }

  /// What stands in one of the unit's entries.
  func entry(at offset: UInt64) -> DwarfEntry {
    unit.entry(at: offset)?.entry ?? DwarfEntry()
  }

  /// The name of the function that an inlined call's entry calls.
  mutating func name(ofCall call: DwarfEntry) -> Name {
    // Calls of one function share its abstract entry, and with it the name.
    guard let origin = call.origin.flatMap({ cache.entry($0, from: unit) }) else {
      return name(call, at: nil)
    }
    let key = Origin(file: ObjectIdentifier(origin.unit.file), offset: origin.offset)
    if let known = names[key] { return known }
    let name = name(call, at: nil)
    names[key] = name
    return name
  }

  /// The name of a function's own entry.
  mutating func name(of function: DwarfEntry, at offset: UInt64) -> Name {
    name(function, at: offset)
  }

  /// Path of a file in the unit's table.
  mutating func path(ofFile number: UInt64) -> String? {
    if let lastPath, lastPath.file == number { return lastPath.path }
    let path = paths[number] ?? program?.path(ofFile: number)
    paths[number] = path
    lastPath = (number, path)
    return path
  }

  /// Where an inlined function was called.
  mutating func callPosition(of call: DwarfEntry) -> SourcePosition {
    let file = call.callFile.flatMap { path(ofFile: $0.number) }
    guard let line = call.callLine?.number, line > 0 else { return SourcePosition(file: file) }
    let column = call.callColumn?.number ?? 0
    return SourcePosition(
      file: file, line: Int(exactly: line), column: column == 0 ? nil : Int(exactly: column))
  }

  /// The concrete entry's own linkage name comes first: of a constructor's variants, the abstract
  /// entry names one that does not exist.
  private mutating func name(_ entry: DwarfEntry, at offset: UInt64?) -> Name {
    var entry = entry
    var place: (unit: DwarfUnit, offset: UInt64?) = (unit, offset)
    var sourceName: String?
    var linkageName: FunctionName?
    var isExternal = false
    var definition: FunctionDefinition?
    for _ in 0..<Self.originsMax {
      if linkageName == nil, let text = entry.linkageName.flatMap({ place.unit.text($0) }),
        !text.isEmpty
      {
        linkageName = cache.name(text)
      }
      if sourceName == nil { sourceName = entry.name.flatMap { text($0, in: place.unit) } }
      if entry.isExternal { isExternal = true }
      if definition == nil { definition = self.definition(entry, in: place.unit) }
      if linkageName != nil, isExternal { break }
      guard let next = entry.origin.flatMap({ cache.entry($0, from: place.unit) }),
        let (_, origin) = next.unit.entry(at: next.offset)
      else { break }
      place = (next.unit, next.offset)
      entry = origin
    }
    if let linkageName {
      let function = Self.function(linkageName, sourceName, language: place.unit.root.language)
      return Name(
        function: function, linkageName: linkageName.linkageName,
        definition: isExternal && !Self.hasNamelessPart(function) ? nil : definition)
    }
    // Of what the compiler declares itself, such as the function of GCC's lambdas, only the type has a
    // place.
    if definition == nil, let offset = place.offset,
      let type = scopes.parent(of: offset, in: place.unit)
    {
      definition = self.definition(type, in: place.unit)
    }
    guard var sourceName else { return Name(definition: definition) }
    // C that was written by another compiler has names of its making.
    if sourceName.hasPrefix("__"), let name = ForeignNames.readable(sourceName) {
      sourceName = name
    }
    let function =
      place.offset.map { scopes.qualified(sourceName, at: $0, in: place.unit) } ?? sourceName
    // Before DWARF 4 there was no attribute for the linker's name; since then the compilers leave
    // it out of exported functions only where it is the source's.
    let isPlain =
      Self.cLanguages.contains(place.unit.root.language)
      || (isExternal && place.unit.header.encoding.version >= 4)
    return Name(
      function: function, sourceName: sourceName, mayBeMangled: !isPlain,
      definition: isExternal && !Self.hasNamelessPart(function) ? nil : definition)
  }

  /// Whether a function stands in something that has no name, and can share its own.
  private static func hasNamelessPart(_ function: String) -> Bool {
    function.hasBytes(of: "(anonymous") || function.hasBytes(of: "{lambda}")
  }

  /// The readable name, with what the linker's lacks and without what only a linker needs: Rust's
  /// older names do not number closures, Fortran's end in an underscore.
  private static func function(
    _ name: FunctionName, _ sourceName: String?, language: UInt64
  ) -> String {
    guard let sourceName else { return name.readable }
    if fortranLanguages.contains(language), name.linkageName == sourceName + "_" {
      return sourceName
    }
    if sourceName.hasPrefix("{closure#"), name.readable.hasSuffix(unnumberedClosure) {
      return String(name.readable.dropLast(unnumberedClosure.count)) + sourceName
    }
    return name.readable
  }

  private static let unnumberedClosure = "{{closure}}"

  /// Where an entry says that its function is declared; `nil` if it does not.
  private mutating func definition(
    _ entry: DwarfEntry, in unit: DwarfUnit
  ) -> FunctionDefinition? {
    guard let line = entry.declarationLine.flatMap({ Int(exactly: $0.number) }), line > 0 else {
      return nil
    }
    // Files are numbered by each unit for itself.
    let file = unit === self.unit ? entry.declarationFile.flatMap { path(ofFile: $0.number) } : nil
    return FunctionDefinition(
      file: file, line: line,
      column: entry.declarationColumn.flatMap { Int(exactly: $0.number) } ?? 0)
  }

  private func text(_ value: DwarfValue, in unit: DwarfUnit) -> String? {
    guard let text = unit.text(value), !text.isEmpty else { return nil }
    return String(decoding: text, as: UTF8.self)
  }
}
