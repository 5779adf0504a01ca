// The functions of one ELF symbol table, sorted by address. Holds no names, only where they stand:
// the table of a large program has hundreds of thousands, a trace needs a few.

import CElfutils
import Glibc

/// A sorted index over the functions of one `.symtab` or `.dynsym`.
struct SymbolTable: Sendable {
  /// One function: its addresses in the ELF file, where its name stands, and its rank among
  /// symbols at the same place.
  struct Entry: Sendable {
    let start: UInt64
    /// One past the last address.
    var end: UInt64
    /// Offset of the name in the string table.
    let nameOffset: UInt32
    let rank: UInt8
  }

  /// By start; of those with one start, the best name last.
  private let entries: [Entry]
  /// `furthestEnd[i]`: the largest end of `entries[0 ... i]`, which bounds a backward search.
  private let furthestEnd: [UInt64]
  private let stringSection: Int

  /// Number of functions.
  var count: Int { entries.count }

  /// Reads the table in a section of type `SHT_SYMTAB` or `SHT_DYNSYM`. O(n log n).
  init?(_ section: ElfFile.Section, of file: ElfFile, sections: [ElfFile.Section]) {
    guard section.header.sh_entsize == UInt64(MemoryLayout<Elf64_Sym>.stride),
      let bytes = file.bytes(of: section)
    else { return nil }

    // By number; those of data are empty.
    var executable = [Range<UInt64>](
      repeating: 0..<0, count: (sections.map(\.index).max() ?? 0) + 1)
    for section in sections where section.header.sh_flags & UInt64(SHF_EXECINSTR) != 0 {
      let (end, overflow) = section.header.sh_addr.addingReportingOverflow(section.header.sh_size)
      if !overflow { executable[section.index] = section.header.sh_addr..<end }
    }

    var entries: [Entry] = []
    let stride = MemoryLayout<Elf64_Sym>.stride
    for offset in Swift.stride(from: 0, through: bytes.count - stride, by: stride) {
      let symbol = bytes.loadUnaligned(fromByteOffset: offset, as: Elf64_Sym.self)
      guard executable.indices.contains(Int(symbol.st_shndx)), let rank = Self.rank(symbol)
      else { continue }
      let range = executable[Int(symbol.st_shndx)]
      guard range.contains(symbol.st_value) else { continue }
      let (end, overflow) = symbol.st_value.addingReportingOverflow(symbol.st_size)
      entries.append(
        Entry(
          start: symbol.st_value,
          end: symbol.st_size == 0 || overflow ? symbol.st_value : min(end, range.upperBound),
          nameOffset: symbol.st_name, rank: rank))
    }
    entries.sort { left, right in
      if left.start != right.start { return left.start < right.start }
      if left.rank != right.rank { return left.rank < right.rank }
      return left.nameOffset > right.nameOffset
    }
    Self.closeOpenEnds(
      &entries, sections: executable.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    )

    var furthest: UInt64 = 0
    furthestEnd = entries.map { entry in
      furthest = max(furthest, entry.end)
      return furthest
    }
    self.entries = entries
    stringSection = Int(section.header.sh_link)
  }

  /// The linkage name of the function that holds an address of the ELF file: of several, the one
  /// that starts last. O(log n) unless functions are nested.
  func name(at address: UInt64, in file: ElfFile) -> String? {
    var index = entries.lastIndex(notAbove: address, by: \.start) ?? -1
    while index >= 0, furthestEnd[index] > address {
      if entries[index].end > address, let name = name(of: index, in: file) { return name }
      index -= 1
    }
    return nil
  }

  /// Of the names at one place, takes the one a person would use.
  private func name(of index: Int, in file: ElfFile) -> String? {
    let entry = entries[index]
    var best: String?
    var candidate = index
    while candidate >= 0, entries[candidate].start == entry.start {
      let other = entries[candidate]
      candidate -= 1
      guard other.rank == entry.rank, other.end == entry.end,
        let text = elf_strptr(file.handle, stringSection, Int(other.nameOffset))
      else { continue }
      let bytes = Self.withoutVersion(text)
      guard let first = bytes.first else { continue }
      // Labels of the assembler's own, and marks between code and data ("$x").
      let isLabel = other.rank < 4 && (first == UInt8(ascii: ".") || first == UInt8(ascii: "$"))
      if isLabel { continue }
      let name = String(decoding: bytes, as: UTF8.self)
      if best.map({ Self.isPlainer(name, than: $0) }) ?? true { best = name }
    }
    return best
  }

  /// Functions before bare labels, exported before local; `nil` for what is no code. Weak names count
  /// as much as strong ones: in glibc `read` is the weak one, `__read` the strong.
  private static func rank(_ symbol: Elf64_Sym) -> UInt8? {
    guard symbol.st_name != 0 else { return nil }
    let kind: UInt8
    switch Int32(symbol.st_info & 15) {
    case STT_FUNC, STT_GNU_IFUNC: kind = 4
    case STT_NOTYPE: kind = 0  // a label in an assembler source
    default: return nil
    }
    switch Int32(symbol.st_info >> 4) {
    case STB_GLOBAL, STB_GNU_UNIQUE, STB_WEAK: return kind + 2
    default: return kind + 1
    }
  }

  /// A symbol without a size reaches to the next one, at most to the end of its section.
  private static func closeOpenEnds(_ entries: inout [Entry], sections: [Range<UInt64>]) {
    var nextStart = UInt64.max
    for index in entries.indices.reversed() {
      if index + 1 < entries.count, entries[index + 1].start != entries[index].start {
        nextStart = entries[index + 1].start
      }
      guard entries[index].end == entries[index].start else { continue }
      let section = sections.last { $0.lowerBound <= entries[index].start }
      entries[index].end = min(nextStart, section?.upperBound ?? entries[index].start)
    }
  }

  /// `malloc` for `malloc@@GLIBC_2.2.5`, as some linkers write it.
  private static func withoutVersion(_ name: UnsafePointer<CChar>) -> UnsafeRawBufferPointer {
    let length = strcspn(name, "@")
    return UnsafeRawBufferPointer(start: name, count: length > 0 ? length : strlen(name))
  }

  /// Fewer leading underscores, then shorter, then first by the alphabet: `malloc` rather than
  /// `__libc_malloc`, and the same choice on every machine.
  private static func isPlainer(_ left: String, than right: String) -> Bool {
    let leftMarks = left.utf8.prefix { $0 == UInt8(ascii: "_") }.count
    let rightMarks = right.utf8.prefix { $0 == UInt8(ascii: "_") }.count
    if leftMarks != rightMarks { return leftMarks < rightMarks }
    if left.utf8.count != right.utf8.count { return left.utf8.count < right.utf8.count }
    return left < right
  }
}
