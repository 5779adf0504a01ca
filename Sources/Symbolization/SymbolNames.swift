// Names of functions from all symbol tables of one module, the most complete table first.

/// Finds symbols at addresses of one module's ELF file, with files of the task's own.
final class SymbolNames {
  /// A function's name as the linker knows it, and as people read it.
  struct Name {
    let linkageName: String
    let readable: String
  }

  private let index: ModuleIndex
  private lazy var files = ModuleFiles(index.paths)
  /// Those that were asked until now, the most complete first.
  private var tables: [(table: SymbolTable, file: ElfFile)?] = []
  private lazy var stubs = index.tables.stubs(files)
  /// The last answer: neighbouring addresses mostly have one function.
  private var last: Name?

  /// Opens nothing yet.
  init(_ index: ModuleIndex) {
    self.index = index
  }

  /// The function that holds an address; `nil` when no table knows one.
  /// Stubs have the name of what they call, and `@plt`.
  func name(at address: UInt64) -> Name? {
    for number in 0..<SymbolTables.count {
      if number == tables.count { tables.append(index.tables.table(number, files)) }
      guard let (table, file) = tables[number],
        let linkageName = table.name(at: address, in: file)
      else { continue }
      if let last, last.linkageName == linkageName { return last }
      let name = Name(linkageName: linkageName, readable: Demangler.readable(linkageName))
      last = name
      return name
    }
    return stubs.function(at: address).map {
      Name(linkageName: "\($0)@plt", readable: "\(Demangler.readable($0))@plt")
    }
  }
}
