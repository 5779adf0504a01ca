/// The dynamic symbols of a 64-bit little-endian ELF file (see elf(5)): what it offers to the
/// libraries loaded with it. Whatever does not fit the file reads as nothing.
struct DynamicSymbols {
  private let file: ELFBytes

  init(_ file: ELFBytes) {
    self.file = file
  }

  /// Calls `body` with the symbols of the file at `path`; nil if it cannot be mapped.
  static func withFile<Result>(_ path: String, _ body: (DynamicSymbols) -> Result) -> Result? {
    ELFBytes.withFile(path) { body(DynamicSymbols($0)) }
  }

  /// Whether the file itself defines the function `name`, for all that are loaded with it.
  func defines(_ name: String) -> Bool { contains(name, defined: true) }

  /// Whether the file defines the function `name` or calls it.
  func mentions(_ name: String) -> Bool { contains(name, defined: false) }

  private func contains(_ name: String, defined: Bool) -> Bool {
    let sections = file.number(at: 40, as: UInt64.self) ?? 0
    let count = Int(file.number(at: 60, as: UInt16.self) ?? 0)
    let dynamicSymbols: UInt32 = 11
    for index in 0..<count {
      guard let section = file.offset(sections, plus: index * 64),
        file.number(at: section + 4, as: UInt32.self) == dynamicSymbols,
        let table = file.number(at: section + 24, as: UInt64.self),
        let tableBytes = file.number(at: section + 32, as: UInt64.self),
        let link = file.number(at: section + 40, as: UInt32.self),
        let stringSection = file.offset(sections, plus: Int(link) * 64),
        let strings = file.number(at: stringSection + 24, as: UInt64.self)
      else { continue }
      let symbols = min(tableBytes, UInt64(file.count)) / 24
      return (0..<Int(symbols)).contains { index in
        guard let symbol = file.offset(table, plus: index * 24),
          let place = file.number(at: symbol + 6, as: UInt16.self), place != 0 || !defined,
          let nameOffset = file.number(at: symbol, as: UInt32.self),
          let text = file.offset(strings, plus: Int(nameOffset))
        else { return false }
        return file.isText(name, at: text)
      }
    }
    return false
  }
}
