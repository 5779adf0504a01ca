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

  private let tables = kinds.map { _ in Once<SymbolTable>() }
  private let stubTable = Once<StubTable>()

  /// The names of one of the tables, for addresses that are not known yet; `nil` if there is none.
  func names(_ number: Int, _ files: ModuleFiles) -> FunctionNames? {
    guard let source = Self.source(number, files) else { return nil }
    let table = tables[number].read { SymbolTable(source.scan.functions(holding: nil)) }
    return FunctionNames(table, source.strings)
  }

  /// The names of one of the tables, for some addresses alone, which must be sorted; `nil` if there
  /// is none.
  static func names(
    _ number: Int, _ files: ModuleFiles, of addresses: [UInt64]
  ) -> FunctionNames? {
    guard let source = source(number, files) else { return nil }
    let functions = source.scan.functions(holding: AddressSlots(addresses))
    return FunctionNames(SymbolTable(functions), source.strings)
  }

  /// One of the tables, unread.
  private static func source(
    _ number: Int, _ files: ModuleFiles
  ) -> (scan: SymbolScan, strings: SymbolStrings)? {
    let (role, type) = kinds[number]
    guard let file = files[role] else { return nil }
    let sections = file.sections()
    guard let section = sections.first(where: { $0.header.sh_type == UInt32(type) }),
      let scan = SymbolScan(section, of: file, sections: sections),
      let strings = SymbolStrings(
        section: Int(section.header.sh_link), of: file, sections: sections)
    else { return nil }
    return (scan, strings)
  }

  /// The stubs of the binary.
  func stubs(_ files: ModuleFiles) -> StubTable {
    stubTable.read { files.binary.map { StubTable($0) } ?? StubTable() }
  }
}
