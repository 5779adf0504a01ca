import CElfutils

/// One function of a symbol table: its addresses in the ELF file, where its name stands, and its rank
/// among symbols at the same place.
struct SymbolEntry: Hashable, Sendable {
  let start: UInt64
  /// One past the last address.
  var end: UInt64
  /// Offset of the name in the string table.
  let nameOffset: UInt32
  let rank: UInt8

  /// Ranks of labels in assembler sources are below this.
  static let rankOfFunctions: UInt8 = 4

  /// Functions before bare labels, exported before local; `nil` for what is no code. Weak names count
  /// as much as strong ones: in glibc `read` is the weak one, `__read` the strong.
  @inline(__always)
  static func rank(_ symbol: Elf64_Sym) -> UInt8? {
    guard symbol.st_name != 0 else { return nil }
    let kind: UInt8
    switch Int32(symbol.st_info & 15) {
    case STT_FUNC, STT_GNU_IFUNC: kind = rankOfFunctions
    case STT_NOTYPE: kind = 0
    default: return nil
    }
    switch Int32(symbol.st_info >> 4) {
    case STB_GLOBAL, STB_GNU_UNIQUE, STB_WEAK: return kind + 2
    default: return kind + 1
    }
  }

  /// Whether the symbol cannot be seen from other units.
  var isLocal: Bool { rank % Self.rankOfFunctions == 1 }
}
