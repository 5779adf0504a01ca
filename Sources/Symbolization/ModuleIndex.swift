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

  /// Finds and verifies the module's files, and reads their tables.
  init(_ module: ModuleImage, options: SymbolizerOptions) {
    let found = ModuleLocator(module: module, options: options).locate()
    let files = found.files
    paths = found.paths
    reason = found.reason
    bias = Self.bias(of: module, in: files.binary)
    // Each with files of its own: libelf's handles are not thread-safe.
    let read = Mutex((tables: Tables(), role: ModuleFiles.Role?.none, units: UnitIndex()))
    let paths = paths
    DispatchQueue.concurrentPerform(iterations: options.readsLines ? 2 : 1) { task in
      if task == 0 {
        let tables = Self.readTables(ModuleFiles(paths))
        read.withLock { $0.tables = tables }
      } else {
        let (role, units) = Self.readUnits(paths)
        read.withLock { ($0.role, $0.units) = (role, units) }
      }
    }
    (tables, dwarfRole, units) = read.withLock { ($0.tables, $0.role, $0.units) }
  }

  private static func readUnits(_ paths: ModuleFiles.Paths) -> (ModuleFiles.Role?, UnitIndex) {
    for role in [ModuleFiles.Role.debug, .binary] {
      // Roots of units refer to no alternate file.
      guard let file = ModuleFiles.open(role, of: paths),
        let dwarf = DwarfFile(file, debugDirectories: [])
      else {
        continue
      }
      let units = UnitIndex(dwarf)
      if !units.isEmpty { return (role, units) }
    }
    return (nil, UnitIndex())
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
