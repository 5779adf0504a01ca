import Aggregation
import Testing

@testable import Reports

/// Reads folded stacks as strictly as the strictest reader does.
private struct FoldedReader {
  var stacks: [(frames: [String], count: Int)] = []

  init(_ text: String) throws {
    guard !text.isEmpty else { return }
    try #require(text.hasSuffix("\n"))
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      for scalar in line.unicodeScalars {
        try #require(!SafeText.isHidden(scalar), "hidden character in \(line)")
      }
      let space = try #require(line.lastIndex(of: " "), "no count in \(line)")
      let digits = line[line.index(after: space)...]
      try #require(!digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) })
      let count = try #require(Int(digits))
      try #require(count > 0 && String(count) == digits)
      let stack = line[..<space]
      // A second count column would be taken for a differential.
      if let second = stack.lastIndex(of: " ") {
        let word = stack[stack.index(after: second)...]
        try #require(Double(word) == nil, "two counts in \(line)")
      }
      let frames = stack.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
      for frame in frames {
        try #require(
          !frame.isEmpty && frame.first != " " && frame.last != " ", "bad frame in \(line)")
      }
      stacks.append((frames, count))
    }
  }
}

@Suite struct FoldedExporterTests {
  private func folded(_ fixture: ProfileFixture, _ kind: CostKind) throws -> FoldedReader {
    try FoldedReader(exported(fixture.trace, as: FoldedExporter.format, ExportOptions(cost: kind)))
  }

  @Test("Each cost sums up to the total of the summary", arguments: CostKind.ofEveryTrace)
  func sums(kind: CostKind) throws {
    let fixture = ProfileFixture.typical
    let sum = try folded(fixture, kind).stacks.reduce(0) { $0 + $1.count }
    #expect(sum == kind.total(of: fixture.totals) && sum > 0)
  }

  @Test("Stacks run from the outermost function to the innermost, distinct and sorted by frame")
  func order() throws {
    var fixture = ProfileFixture.typical
    for name in ["b", "a", "a(int)", "a b", "ab"] {
      fixture.add([name, "x"], allocations: 1, bytes: 5)
      fixture.add([name], allocations: 1, bytes: 5)
    }
    let stacks = try folded(fixture, .bytes).stacks.map(\.frames)
    #expect(stacks.contains { $0.suffix(2) == ["main", "parse"] })
    let sorted = stacks.sorted { left, right in
      left.lexicographicallyPrecedes(right) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    #expect(stacks == sorted)
    #expect(Set(stacks).count == stacks.count)
  }

  @Test("Hostile names keep to the grammar and lose no cost") func hostileNames() throws {
    let names = [
      "a;b", "leaf 12", "leaf 1.5", "two\nlines", "tab\there", "\u{1b}[31m", "  spaces  inside  ",
      " ", "\t", ";", ";;", "7", "12 34 56", "日本 語", "\u{202e}reversed", "operator new(int) 0x10",
      "name 1e5", "name inf", "name -3", "name +7", "nan nan", "#comment", "\u{0}",
    ]
    var fixture = ProfileFixture()
    for (index, name) in names.enumerated() {
      fixture.add(["main", name], allocations: 1 << index, bytes: 1)
      fixture.add([name, "leaf"], allocations: 1 << index, bytes: 1)
    }
    fixture.add([], allocations: 3, bytes: 1)
    let reader = try folded(fixture, .allocations)
    #expect(reader.stacks.reduce(0) { $0 + $1.count } == fixture.totals.allocations)
    let main = reader.stacks.filter { $0.frames.first == "main" }
    #expect(main.contains { $0.frames == ["main", "a:b"] && $0.count == 1 })
    #expect(main.contains { $0.frames == ["main", "leaf_12"] && $0.count == 2 })
    #expect(main.contains { $0.frames == ["main", "two lines"] })
  }

  @Test("A profile without that cost has no lines") func empty() throws {
    var fixture = ProfileFixture()
    fixture.add(["main"], allocations: 1, bytes: 0)
    #expect(try folded(fixture, .bytes).stacks.isEmpty)
    #expect(try folded(fixture, .allocations).stacks.count == 1)
  }
}
