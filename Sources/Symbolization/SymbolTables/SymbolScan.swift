// Reads the functions out of a symbol table: all of them, or those alone that hold an address asked
// for. A trace asks for a few thousand addresses of a program with hundreds of thousands of symbols:
// what is left to sort then is a fraction. Pieces of the table are read side by side.

import CElfutils

/// The symbols of one section of type `SHT_SYMTAB` or `SHT_DYNSYM`, unread.
///
/// Sendable because it only reads memory of the file, which has to stay open.
struct SymbolScan: @unchecked Sendable {
  private let symbols: UnsafeRawBufferPointer
  /// The addresses of each section with code, by its number; those of others are empty.
  private let code: [Range<UInt64>]
  /// What one task reads at once.
  private let symbolsPerPiece: Int

  private static let stride = MemoryLayout<Elf64_Sym>.stride

  /// What a piece of the table holds.
  private struct Found: Sendable {
    var closed: [SymbolEntry] = []
    /// Without a size; they reach at most to the end of their section.
    var open: [SymbolEntry] = []
  }

  /// Reads nothing yet; `nil` when the section is damaged.
  init?(
    _ section: ElfFile.Section, of file: ElfFile, sections: [ElfFile.Section],
    symbolsPerPiece: Int = 16_384
  ) {
    guard section.header.sh_entsize == UInt64(Self.stride),
      !PackedSection.isPacked(section, of: file), let bytes = file.bytes(of: section)
    else { return nil }
    symbols = bytes
    var code = [Range<UInt64>](repeating: 0..<0, count: (sections.map(\.index).max() ?? 0) + 1)
    for section in sections where section.header.sh_flags & UInt64(SHF_EXECINSTR) != 0 {
      let (end, overflow) = section.header.sh_addr.addingReportingOverflow(section.header.sh_size)
      if !overflow { code[section.index] = section.header.sh_addr..<end }
    }
    self.code = code
    self.symbolsPerPiece = symbolsPerPiece
  }

  /// The functions that hold one of some addresses, and maybe more; all functions, when no addresses
  /// are given. In no order. O(symbols + the functions found).
  func functions(holding addresses: AddressSlots?) -> [SymbolEntry] {
    let pieces = SharedWork.parts(of: symbols.count / Self.stride, perPiece: symbolsPerPiece) {
      piece in
      var found = Found()
      for number in piece {
        let symbol = self.symbol(number)
        guard let entry = entry(symbol),
          addresses?.hasAddress(from: entry.start, below: entry.end) ?? true
        else { continue }
        if symbol.st_size == 0 { found.open.append(entry) } else { found.closed.append(entry) }
      }
      return found
    }
    let closed = pieces.flatMap(\.closed)
    var open = pieces.flatMap(\.open)
    if let addresses, !open.isEmpty {
      // Most addresses behind a symbol without a size lie in functions that begin behind it.
      let starts = AddressSlots(closed.map(\.start).sorted())
      open.removeAll { entry in
        let next = starts.place(of: entry.start + 1)
        return next < starts.addresses.count
          && !addresses.hasAddress(from: entry.start, below: starts.addresses[next])
      }
    }
    return closed + ended(open)
  }

  /// A symbol without a size reaches to the next one, whether that holds an address or not.
  private func ended(_ open: [SymbolEntry]) -> [SymbolEntry] {
    if open.isEmpty { return [] }
    let starts = AddressSlots(Set(open.map(\.start)).sorted())
    let count = symbols.count / Self.stride
    // Each piece has a list as long as that of the starts: there are few.
    let pieces = SharedWork.parts(of: count, perPiece: max(symbolsPerPiece, count / 8 + 1)) {
      piece in
      var next = [UInt64](repeating: .max, count: starts.addresses.count)
      for number in piece {
        let start = symbol(number).st_value
        let before = starts.place(of: start) - 1
        guard before >= 0, start < next[before], entry(symbol(number)) != nil else { continue }
        next[before] = start
      }
      return next
    }
    return open.map { entry in
      let place = starts.place(of: entry.start)
      var entry = entry
      for next in pieces { entry.end = min(entry.end, next[place]) }
      return entry
    }
  }

  /// The function that a symbol is of, if any; at most to the end of its section.
  @inline(__always)
  private func entry(_ symbol: Elf64_Sym) -> SymbolEntry? {
    guard let rank = SymbolEntry.rank(symbol), code.indices.contains(Int(symbol.st_shndx))
    else { return nil }
    let section = code[Int(symbol.st_shndx)]
    guard section.contains(symbol.st_value) else { return nil }
    let room = section.upperBound - symbol.st_value
    let size = symbol.st_size == 0 ? room : min(symbol.st_size, room)
    return SymbolEntry(
      start: symbol.st_value, end: symbol.st_value + size, nameOffset: symbol.st_name, rank: rank)
  }

  /// The sections of a damaged file may begin anywhere.
  @inline(__always)
  private func symbol(_ number: Int) -> Elf64_Sym {
    symbols.loadUnaligned(fromByteOffset: number * Self.stride, as: Elf64_Sym.self)
  }
}
