// Names of functions from all symbol tables of one module, the most complete table first: for
// addresses that come one by one.

/// Finds symbols at addresses of one module's ELF file, with files of the task's own.
final class SymbolNames {
  private let index: ModuleIndex
  private lazy var files = ModuleFiles(index.paths)
  /// Of the tables that were asked until now, the most complete first.
  private var tables: [FunctionNames?] = []
  private lazy var stubs = index.tables.stubs(files)

  /// Opens nothing yet.
  init(_ index: ModuleIndex) {
    self.index = index
  }

  /// The function that holds an address; `nil` when no table knows one.
  /// Stubs have the name of what they call, and `@plt`.
  func name(at address: UInt64) -> FunctionName? {
    for number in 0..<SymbolTables.count {
      if number == tables.count { tables.append(index.tables.names(number, files)) }
      if let name = tables[number]?.name(at: address) { return name }
    }
    return stubs.name(at: address)
  }
}
