import Foundation
import Testing

@testable import Symbolization

/// Names that symbols alone give, with `readelf`'s list of them, searched in the slowest way, as
/// witness. The programs are made of symbols at random: with one start, without a size, nested,
/// overlapping, reaching over the end of their section.
@Suite struct SymbolSweepTests {
  private static let sectionBytes = 256

  @Test(
    "A few, many and all addresses have the names that a search through all symbols gives",
    arguments: 0..<6)
  func names(seed: Int) throws {
    var random = Generator(state: UInt64(seed))
    let directory = try TemporaryDirectory()
    let program = try directory.compile(
      ["gcc", "-shared", "-nostdlib", "-Wl,--build-id=none"], source: Self.source(&random),
      name: "symbols.s")
    let (tables, sections) = try Self.read(program)
    try #require(tables.count == 2 && tables[0].count > 60 && sections.count == 2)
    let image = try Fixture.module(program, loadBase: 0)
    let all = sections.flatMap { Array($0.lowerBound - 4..<$0.upperBound + 4) }
    let singly = SymbolNames(
      ModuleIndex.read(image, options: SymbolizerOptions(readsLines: false)).index, of: image)
    for count in [1, 3, 10, 50, all.count] {
      let addresses = all.shuffled(using: &random).prefix(count)
      let frames = Symbolizer(modules: [image], options: SymbolizerOptions(debugDirectories: []))
        .symbolize(addresses.map { CodeAddress(module: image.id, address: $0) })
      for (address, frames) in zip(addresses, frames) {
        let answers = tables.map { Self.names(at: address, $0, sections) }
        let expected = answers.first { !$0.isEmpty } ?? []
        let name = frames[0].linkageName
        let isRight = name.map { expected.contains($0) } ?? expected.isEmpty
        #expect(isRight, "\(address) of \(count): \(name ?? "none") instead of \(expected)")
        #expect(singly.name(at: address)?.linkageName == name)
      }
    }
  }

  @Test("A table that tasks read in pieces has the functions of one that is read at once")
  func pieces() throws {
    var random = Generator(state: 9)
    let directory = try TemporaryDirectory()
    let program = try directory.compile(
      ["gcc", "-shared", "-nostdlib"], source: Self.source(&random), name: "symbols.s")
    let file = try ElfFile(path: program)
    let sections = file.sections()
    let table = try #require(sections.first { file.name(of: $0) == ".symtab" })
    for addresses in [nil, AddressSlots([0x1010, 0x1050, 0x10f0])] {
      let read = try [1, 7, 1_000].map { count in
        let scan = SymbolScan(table, of: file, sections: sections, symbolsPerPiece: count)
        return try Set(#require(scan).functions(holding: addresses))
      }
      #expect(read[0] == read[2] && read[1] == read[2] && !read[2].isEmpty)
    }
  }

  // MARK: A program of nothing but symbols

  private static func source(_ random: inout Generator) -> String {
    var lines: [String] = []
    for section in ["a", "b"] {
      lines.append(".section code_\(section), \"ax\"\nbase_\(section): .zero \(sectionBytes)")
      for number in 0..<40 {
        let name =
          ["f", "_f", "__long", "\"$x", "\".mark"].randomElement(using: &random) ?? "f"
        let symbol = name + "\(section)\(number)" + (name.hasPrefix("\"") ? "\"" : "")
        let start = Int.random(in: 0..<sectionBytes / 4, using: &random) * 4
        lines.append(".set \(symbol), base_\(section) + \(start)")
        if Int.random(in: 0..<4, using: &random) > 0 { lines.append(".type \(symbol), @function") }
        if Bool.random(using: &random) { lines.append(".globl \(symbol)") }
        let size = [0, 0, 4, 8, 8, 24, 80, 400].randomElement(using: &random) ?? 0
        lines.append(".size \(symbol), \(size)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: The slow search

  private struct Symbol {
    let start: UInt64
    let size: UInt64
    let isFunction: Bool
    let isLocal: Bool
    let section: Int
    let name: String

    /// Functions before labels, exported ones before local ones.
    var rank: Int { (isFunction ? 2 : 0) + (isLocal ? 0 : 1) }
  }

  /// The complete table, the dynamic one, and where code is. Lines such as `    5: 0000000000001010     8 FUNC    GLOBAL DEFAULT    4 fa3`, and
  /// `  [ 4] code_a   PROGBITS  0000000000001000 001000 000100 00  AX  0   0  1`.
  private static func read(_ program: String) throws -> ([[Symbol]], [Range<UInt64>]) {
    var numbers: [Int] = []
    var sections: [Range<UInt64>] = []
    for line in try Fixture.run(["readelf", "-SW", program]).split(separator: "\n") {
      let parts = line.replacing("[", with: "").replacing("]", with: "").split(separator: " ")
      guard parts.count > 7, parts[7] == "AX", let number = Int(parts[0]),
        let start = UInt64(parts[3], radix: 16), let size = UInt64(parts[5], radix: 16)
      else { continue }
      numbers.append(number)
      sections.append(start..<start + size)
    }
    let tables = try Fixture.run(["readelf", "-sW", program]).components(
      separatedBy: "Symbol table '.")
    let symbols = { (table: String) -> [Symbol] in
      table.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: " ")
        guard parts.count == 8, let start = UInt64(parts[1], radix: 16),
          let size = UInt64(parts[2]), ["FUNC", "NOTYPE"].contains(parts[3]),
          let section = Int(parts[6]).flatMap({ numbers.firstIndex(of: $0) })
        else { return nil }
        return Symbol(
          start: start, size: size, isFunction: parts[3] == "FUNC", isLocal: parts[4] == "LOCAL",
          section: section, name: String(parts[7]))
      }
    }
    return (
      ["symtab", "dynsym"].compactMap { name in
        tables.first { $0.hasPrefix(name) }.map(symbols)
      }, sections
    )
  }

  /// The names that are right: more than one where symbols that differ in nothing but their size
  /// begin together.
  private static func names(
    at address: UInt64, _ symbols: [Symbol], _ sections: [Range<UInt64>]
  ) -> Set<String> {
    func end(_ symbol: Symbol) -> UInt64 {
      let next = symbols.filter { $0.start > symbol.start }.map(\.start).min() ?? .max
      return min(
        symbol.size == 0 ? next : symbol.start + symbol.size, sections[symbol.section].upperBound)
    }
    let holding = symbols.filter { symbol in
      let isMark = !symbol.isFunction && (symbol.name.first == "$" || symbol.name.first == ".")
      return symbol.start <= address && address < end(symbol) && !isMark
    }
    guard let start = holding.map(\.start).max() else { return [] }
    let last = holding.filter { $0.start == start }
    let best = last.filter { $0.rank == last.map(\.rank).max() }
    return Set(
      Dictionary(grouping: best, by: end).values.compactMap { alike in
        alike.map(\.name).min { left, right in
          let marks = [left, right].map { $0.prefix { $0 == "_" }.count }
          return (marks[0], left.count, left) < (marks[1], right.count, right)
        }
      })
  }

  /// The same numbers in every run.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var value = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
      value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
      return value ^ value >> 31
    }
  }
}
