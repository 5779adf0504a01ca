// Functions of one ELF symbol table, sorted by address. Holds no names, only where they stand: the
// table of a large program has hundreds of thousands, a trace needs a few.

/// A sorted index over functions of one `.symtab` or `.dynsym`.
struct SymbolTable: Sendable {
  /// By start; of those with one start, the best name last.
  private let entries: [SymbolEntry]
  /// `furthestEnd[i]`: the largest end of `entries[0 ... i]`, which bounds a backward search.
  private let furthestEnd: [UInt64]

  /// A function that was found.
  struct Match {
    /// The linkage name, in the memory of the file.
    let name: UnsafeRawBufferPointer
    /// What was asked for, and the addresses behind it that have the same answer.
    let addresses: Range<UInt64>
    /// Where the function begins.
    let start: UInt64
    /// Whether other functions of the module may have its name.
    let isLocal: Bool
  }

  /// Sorts functions of a table: all of them, or those that may hold an address that will be asked
  /// for. O(n log n).
  init(_ functions: [SymbolEntry]) {
    entries = functions.sorted { left, right in
      if left.start != right.start { return left.start < right.start }
      if left.rank != right.rank { return left.rank < right.rank }
      return left.nameOffset > right.nameOffset
    }
    var furthest: UInt64 = 0
    furthestEnd = entries.map { entry in
      furthest = max(furthest, entry.end)
      return furthest
    }
  }

  /// The function that holds an address of the ELF file: of several, the one that starts last.
  /// O(log n) unless functions are nested.
  func function(at address: UInt64, _ strings: SymbolStrings) -> Match? {
    guard let last = entries.lastIndex(notAbove: address, by: \.start) else { return nil }
    var index = last
    while index >= 0, furthestEnd[index] > address {
      if entries[index].end > address, let name = name(of: index, strings) {
        let next = last + 1 < entries.count ? entries[last + 1].start : .max
        return Match(
          name: name, addresses: address..<min(entries[index].end, next),
          start: entries[index].start, isLocal: entries[index].isLocal)
      }
      index -= 1
    }
    return nil
  }

  /// Of the names at one place, takes the one a person would use.
  private func name(of index: Int, _ strings: SymbolStrings) -> UnsafeRawBufferPointer? {
    let entry = entries[index]
    var best: UnsafeRawBufferPointer?
    var candidate = index
    while candidate >= 0, entries[candidate].start == entry.start {
      let other = entries[candidate]
      candidate -= 1
      guard other.rank == entry.rank, other.end == entry.end,
        let name = strings.name(at: other.nameOffset)
      else { continue }
      // Labels of the assembler's own, and marks between code and data ("$x").
      let isLabel =
        other.rank < SymbolEntry.rankOfFunctions
        && (name[0] == UInt8(ascii: ".") || name[0] == UInt8(ascii: "$"))
      if isLabel { continue }
      if best.map({ Self.isPlainer(name, than: $0) }) ?? true { best = name }
    }
    return best
  }

  /// Fewer leading underscores, then shorter, then first by the alphabet: `malloc` rather than
  /// `__libc_malloc`, and the same choice on every machine.
  private static func isPlainer(
    _ left: UnsafeRawBufferPointer, than right: UnsafeRawBufferPointer
  ) -> Bool {
    let leftMarks = left.prefix { $0 == UInt8(ascii: "_") }.count
    let rightMarks = right.prefix { $0 == UInt8(ascii: "_") }.count
    if leftMarks != rightMarks { return leftMarks < rightMarks }
    if left.count != right.count { return left.count < right.count }
    return left.lexicographicallyPrecedes(right)
  }
}
