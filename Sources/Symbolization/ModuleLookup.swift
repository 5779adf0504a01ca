// One task's look-up of addresses in one module: groups them by unit, resolves each unit once, and
// falls back to symbol tables for what no unit names.

/// Resolves sorted addresses of one module's ELF file, with files of its own.
struct ModuleLookup {
  let module: ModuleImage
  let index: ModuleIndex
  let files: ModuleFiles
  let options: SymbolizerOptions

  /// The frames of each address of the ELF file; the addresses must be sorted and distinct.
  func frames(of addresses: [UInt64]) -> [[SourceFrame]] {
    let answers = dwarfAnswers(for: addresses)
    return addresses.indices.map { place in
      frames(of: addresses[place], answer: answers[place])
    }
  }

  private func dwarfAnswers(for addresses: [UInt64]) -> [UnitResolver.Answer?] {
    var answers = [UnitResolver.Answer?](repeating: nil, count: addresses.count)
    guard let role = index.dwarfRole, let file = files[role] else { return answers }
    var byUnit: [UInt64: [Int]] = [:]
    for (place, address) in addresses.enumerated() {
      for unit in index.units.units(at: address) { byUnit[unit, default: []].append(place) }
    }
    guard !byUnit.isEmpty,
      var dwarf = DwarfFile(file, debugDirectories: options.debugDirectories)
    else { return answers }
    var resolver = UnitResolver(dwarf)
    var walked: UInt64 = 0
    for unit in byUnit.keys.sorted() {
      let places = byUnit[unit] ?? []
      let found = resolver.resolve(places.map { addresses[$0] }, unit: unit)
      for (place, answer) in zip(places, found) {
        // Where the ranges of units overlap, one that names a function is right.
        if answers[place]?.frames.isEmpty ?? true { answers[place] = answer }
      }
      // libdw keeps what it has read of every unit; a new handle starts with none of it.
      walked += 1
      if walked.isMultiple(of: Self.unitsPerHandle),
        let fresh = DwarfFile(file, debugDirectories: options.debugDirectories)
      {
        dwarf = fresh
        resolver = UnitResolver(dwarf)
      }
    }
    return answers
  }

  private static let unitsPerHandle: UInt64 = 256

  private func frames(of address: UInt64, answer: UnitResolver.Answer?) -> [SourceFrame] {
    guard let answer, !answer.frames.isEmpty else {
      return [symbolFrame(at: address, position: answer?.position ?? UnitResolver.Frame())]
    }
    let last = answer.frames.count - 1
    return answer.frames.indices.map { place in
      var frame = answer.frames[place]
      // Only a mangled symbol says more than the source's name does.
      if place == last, frame.linkageName == nil, let symbol = symbolName(at: address) {
        let readable = Demangler.readable(symbol)
        if readable != symbol || frame.function == nil {
          frame.linkageName = symbol
          frame.function = readable
        }
      }
      let function = frame.function ?? "(anonymous)"
      return SourceFrame(
        function: function, linkageName: frame.linkageName ?? function, module: module.id,
        file: frame.file, line: frame.line, column: frame.column, isInlined: place < last)
    }
  }

  private func symbolFrame(at address: UInt64, position: UnitResolver.Frame) -> SourceFrame {
    guard let name = symbolName(at: address) else {
      return .unresolved(
        moduleName: module.name, module: module.id, offset: address, file: position.file,
        line: position.line, column: position.column)
    }
    return SourceFrame(
      function: Demangler.readable(name), linkageName: name, module: module.id,
      file: position.file, line: position.line, column: position.column)
  }

  private func symbolName(at address: UInt64) -> String? {
    for (role, table) in index.tables {
      if let file = files[role], let name = table.name(at: address, in: file) { return name }
    }
    return nil
  }
}
