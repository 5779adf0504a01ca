/// Names of functions from one symbol table, for one task. Remembers the last answer: neighbouring
/// addresses mostly have one function.
///
/// Sendable because it only reads memory of the file, which has to stay open.
struct FunctionNames: @unchecked Sendable {
  private let table: SymbolTable
  private let strings: SymbolStrings
  /// The addresses of the last answer, where its name and its function begin, and the name.
  private var addresses: Range<UInt64> = 0..<0
  private var place: UnsafeRawPointer?
  private var start: UInt64 = 0
  private var name = FunctionName(linkageName: "", readable: "")

  /// Names from a table whose file stays open.
  init(_ table: SymbolTable, _ strings: SymbolStrings) {
    self.table = table
    self.strings = strings
  }

  /// The function that holds an address; `nil` when the table knows none.
  mutating func name(at address: UInt64) -> FunctionName? {
    if addresses.contains(address) { return name }
    guard let match = table.function(at: address, strings) else { return nil }
    addresses = match.addresses
    if place != match.name.baseAddress || start != match.start {
      place = match.name.baseAddress
      start = match.start
      name = FunctionName(match.name)
      if match.isLocal, !CoroutineName.isPart(name.linkageName) {
        name.definition = FunctionDefinition(entry: match.start)
      }
    }
    return name
  }

  /// The function that begins at an address; `nil` when the table knows none.
  mutating func name(beginningAt address: UInt64) -> FunctionName? {
    guard let name = name(at: address), start == address else { return nil }
    return name
  }
}
