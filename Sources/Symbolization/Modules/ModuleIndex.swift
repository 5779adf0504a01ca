// What is kept of one module between requests: where its files are, why not, and the sorted
// indices over their contents. Shared freely between tasks.

/// The searchable part of one module's symbols.
struct ModuleIndex: Sendable {
  let paths: ModuleFiles.Paths
  /// Why the module gives nothing, or less than everything; `nil` when all is well.
  let reason: SymbolizationDiagnostics.Reason?
  /// Address in the process − address in the ELF file.
  let bias: UInt64
  let tables: SymbolTables

  /// Which file has the debug information; `nil` when none has, or lines are not wanted.
  let dwarfRole: ModuleFiles.Role?

  /// Finds and verifies the module's files, and reads their tables. Also returns the debug
  /// information, which is open by then.
  static func read(
    _ module: ModuleImage, options: SymbolizerOptions
  ) -> (index: ModuleIndex, dwarf: DwarfFile?) {
    let found = ModuleLocator(module: module, options: options).locate()
    let paths = found.paths
    let debug = options.readsLines ? debugInformation(paths, options) : nil
    let index = ModuleIndex(
      paths: paths, reason: found.reason, bias: bias(of: module, in: found.files.binary),
      tables: SymbolTables(), dwarfRole: debug?.role)
    return (index, debug?.dwarf)
  }

  /// Opens the debug information again.
  func openDwarf(_ options: SymbolizerOptions) -> DwarfFile? {
    dwarfRole.flatMap { Self.dwarf($0, paths, options) }
  }

  private static func debugInformation(
    _ paths: ModuleFiles.Paths, _ options: SymbolizerOptions
  ) -> (role: ModuleFiles.Role, dwarf: DwarfFile)? {
    for role in [ModuleFiles.Role.debug, .binary] {
      if let dwarf = dwarf(role, paths, options) { return (role, dwarf) }
    }
    return nil
  }

  private static func dwarf(
    _ role: ModuleFiles.Role, _ paths: ModuleFiles.Paths, _ options: SymbolizerOptions
  ) -> DwarfFile? {
    ModuleFiles.open(role, of: paths).flatMap {
      DwarfFile($0, binaryPath: paths.binary, debugDirectories: options.debugDirectories)
    }
  }

  /// The recorded load base, unless the file's addresses were rewritten since (prelink): then the
  /// place of the code within the file, which such tools keep, decides.
  private static func bias(of module: ModuleImage, in file: ElfFile?) -> UInt64 {
    guard let file, let recorded = module.segments.first(where: \.isExecutable) else {
      return module.loadBase
    }
    for segment in file.loadSegments() where segment.isExecutable {
      let distance = recorded.fileOffset &- segment.fileOffset
      let reverse = segment.fileOffset &- recorded.fileOffset
      guard min(distance, reverse) < 65_536 else { continue }
      return recorded.start &- recorded.fileOffset &+ segment.fileOffset &- segment.virtualAddress
    }
    return module.loadBase
  }
}
