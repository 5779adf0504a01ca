// All symbol tables of one module. Debug information mostly names every function that is asked for:
// a table is read when all before it have failed to name one.

import CElfutils
import Synchronization

/// The symbol tables of one module's files, the most complete first.
final class SymbolTables: Sendable {
  /// What the first caller reads, for all.
  private final class Once<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func read(_ make: () -> sending Value) -> Value {
      value.withLock { value in
        let known = value ?? make()
        value = known
        return known
      }
    }
  }

  private static let kinds: [(role: ModuleFiles.Role, type: Int32)] = [
    (.binary, SHT_SYMTAB), (.debug, SHT_SYMTAB), (.embedded, SHT_SYMTAB), (.binary, SHT_DYNSYM),
  ]
  static var count: Int { kinds.count }

  private let tables = kinds.map { _ in Once<SymbolTable?>() }
  private let stubTable = Once<StubTable>()

  /// One of the tables, and the file that it is of; `nil` if there is none.
  func table(_ number: Int, _ files: ModuleFiles) -> (table: SymbolTable, file: ElfFile)? {
    let (role, type) = Self.kinds[number]
    guard let file = files[role] else { return nil }
    let table = tables[number].read {
      let sections = file.sections()
      return sections.first { $0.header.sh_type == UInt32(type) }
        .flatMap { SymbolTable($0, of: file, sections: sections) }
    }
    return table.map { ($0, file) }
  }

  /// The stubs of the binary.
  func stubs(_ files: ModuleFiles) -> StubTable {
    stubTable.read { files.binary.map { StubTable($0) } ?? StubTable() }
  }
}
