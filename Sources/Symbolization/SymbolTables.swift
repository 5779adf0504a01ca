// All symbol tables of one module. Debug information mostly names every function that is asked for:
// the tables are read when the first one is not.

import CElfutils
import Synchronization

/// The symbol tables of one module's files.
final class SymbolTables: Sendable {
  struct Tables: Sendable {
    /// The most complete first.
    var symbols: [(role: ModuleFiles.Role, table: SymbolTable)] = []
    var stubs = StubTable()
  }

  private let tables = Mutex<Tables?>(nil)

  /// The tables, read by the first caller from its files.
  func read(_ files: ModuleFiles) -> Tables {
    tables.withLock { tables in
      let known = tables ?? Self.readTables(files)
      tables = known
      return known
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
      tables.symbols.append((role, table))
    }
    if let binary = files.binary { tables.stubs = StubTable(binary) }
    return tables
  }
}
