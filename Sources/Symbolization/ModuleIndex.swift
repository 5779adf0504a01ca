// What is kept of one module between requests: where its files are, why not, and the sorted
// indices over their contents. Plain values, shared freely between tasks.

import CElfutils
import Dispatch
import Synchronization

/// The searchable part of one module's symbols.
struct ModuleIndex: Sendable {
  typealias Tables = [(role: ModuleFiles.Role, table: SymbolTable)]

  let paths: ModuleFiles.Paths
  /// Why the module gives nothing, or less than everything; `nil` when all is well.
  let reason: SymbolizationDiagnostics.Reason?
  /// Address in the process − address in the ELF file.
  let bias: UInt64
  /// Symbol tables, the most complete first.
  let tables: Tables

  /// Which file has the debug information; `nil` when none has, or lines are not wanted.
  let dwarfRole: ModuleFiles.Role?
  /// The units of that file.
  let units: UnitIndex

  /// Finds and verifies the module's files, and reads their tables. Also returns the debug
  /// information, which is open by then.
  static func read(
    _ module: ModuleImage, options: SymbolizerOptions
  ) -> (index: ModuleIndex, dwarf: DwarfFile?) {
    let found = ModuleLocator(module: module, options: options).locate()
    let paths = found.paths
    // Each with files of its own: libelf's handles are not thread-safe.
    let read = Mutex((tables: Tables(), debug: DebugInformation?.none))
    DispatchQueue.concurrentPerform(iterations: options.readsLines ? 2 : 1) { task in
      if task == 0 {
        let tables = readTables(ModuleFiles(paths))
        read.withLock { $0.tables = tables }
      } else {
        let debug = readUnits(paths, options)
        read.withLock { $0.debug = debug }
      }
    }
    let (tables, debug) = read.withLock { $0 }
    let index = ModuleIndex(
      paths: paths, reason: found.reason, bias: bias(of: module, in: found.files.binary),
      tables: tables, dwarfRole: debug?.role, units: debug?.units ?? UnitIndex())
    return (index, debug?.dwarf)
  }

  /// Opens the debug information again.
  func openDwarf(_ options: SymbolizerOptions) -> DwarfFile? {
    dwarfRole.flatMap { Self.dwarf($0, paths, options) }
  }

  private struct DebugInformation {
    let role: ModuleFiles.Role
    let dwarf: DwarfFile
    let units: UnitIndex
  }

  private static func readUnits(
    _ paths: ModuleFiles.Paths, _ options: SymbolizerOptions
  ) -> DebugInformation? {
    for role in [ModuleFiles.Role.debug, .binary] {
      guard let dwarf = dwarf(role, paths, options) else { continue }
      let units = UnitIndex(dwarf)
      if !units.isEmpty { return DebugInformation(role: role, dwarf: dwarf, units: units) }
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

  private static func readTables(_ files: ModuleFiles) -> Tables {
    var tables = Tables()
    let wanted: [(ModuleFiles.Role, type: Int32)] = [
      (.binary, SHT_SYMTAB), (.debug, SHT_SYMTAB), (.embedded, SHT_SYMTAB), (.binary, SHT_DYNSYM),
    ]
    for (role, type) in wanted {
      guard let file = files[role] else { continue }
      let sections = file.sections()
      guard let section = sections.first(where: { $0.header.sh_type == UInt32(type) }),
        let table = SymbolTable(section, of: file, sections: sections), table.count > 0
      else { continue }
      tables.append((role, table))
    }
    return tables
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
