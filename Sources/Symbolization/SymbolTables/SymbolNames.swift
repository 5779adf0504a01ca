// Names of functions from all symbol tables of one module, the most complete table first: for
// addresses that come one by one.

/// Finds symbols at addresses of one module's ELF file, with files of the task's own.
final class SymbolNames {
  private let index: ModuleIndex
  /// Parts of glibc that public functions jump to, which leave no frame of their own.
  private static let wholeFunctions = [
    "__fopen_internal": "fopen", "__vasprintf_internal": "vasprintf", "opendir_tail": "opendir",
    "__scandir_tail": "scandir", "__scandir64_tail": "scandir", "__add_to_environ": "setenv",
  ]
  /// Whether the module is the C library or one of its parts.
  private let isCLibrary: Bool
  private lazy var files = ModuleFiles(index.paths)
  /// Of the tables that were asked until now, the most complete first.
  private var tables: [FunctionNames?] = []
  private lazy var stubs = index.tables.stubs(files)

  /// Opens nothing yet.
  init(_ index: ModuleIndex, of module: ModuleImage) {
    self.index = index
    isCLibrary = module.isCLibrary
  }

  /// The name under which programs call a function of the C library, whose sources give most
  /// functions a second, internal name (`__GI___strdup`, `__pthread_create_2_1`); `nil` for
  /// functions that programs cannot call, and for other modules.
  func publicName(of internalName: String, at start: @autoclosure () -> UInt64?) -> String? {
    guard isCLibrary else { return nil }
    if let whole = Self.wholeFunctions[internalName] { return whole }
    guard internalName.hasPrefix("_") else { return nil }
    if let start = start(), let name = name(at: start), !name.linkageName.hasPrefix("_"),
      name.definition == nil
    {
      return name.readable
    }
    return internalName.hasPrefix("__GI_") ? String(internalName.dropFirst(5)) : nil
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
