import Aggregation
import Foundation
import Testing
import TraceFormat

@testable import Reports

/// Costs added up by groups and along call trees, on stacks whose sums are known.
@Suite struct GroupingTests {
  /// `walk` recurs; `parse` is called from two places; one stack has no frames.
  private static var fixture: ProfileFixture {
    var fixture = ProfileFixture()
    fixture.foldsRecursion = false
    fixture.places["walk"] = ("/src/a.c", 1)
    fixture.places["walk@2"] = ("/src/a.c", 2)
    fixture.places["parse"] = ("/src/b.c", 9)
    fixture.places["main"] = ("/src/b.c", 1)
    let start = ["_start", "main"]
    fixture.add(start + ["walk", "walk", "walk"], allocations: 1, bytes: 1)
    fixture.add(start + ["walk", "walk@2", "parse"], allocations: 2, bytes: 10)
    fixture.add(start + ["parse"], allocations: 4, bytes: 100)
    fixture.add(["walk@2", "malloc"], allocations: 8, bytes: 1000)
    fixture.add([], allocations: 16, bytes: 10_000)
    return fixture
  }

  private func sums(_ trace: AnalyzedTrace, _ grouping: CostGrouping) -> [String: [Int]] {
    var sums: [String: [Int]] = [:]
    for group in CostGroup.groups(of: trace, by: grouping, isAskedByGroup: false) {
      guard case .frame(let label) = group.label else { continue }
      let place = label.file.map { $0 + (label.line.map { ":\($0)" } ?? "") }
      let name = place ?? label.function ?? label.module ?? "-"
      #expect(sums[name] == nil)
      sums[name] = [group.own.allocatedBytes, group.inclusive?.allocatedBytes ?? -1]
    }
    return sums.filter { $0.value != [0, 0] }
  }

  @Test("A function's inclusive cost counts a stack once, however often it recurs")
  func functions() {
    #expect(
      sums(Self.fixture.trace, .function) == [
        "walk": [1001, 1011], "parse": [110, 110], "main": [0, 111],
        FoldedName.noStack: [10_000, 10_000],
      ])
  }

  @Test("Files and lines are told apart where stacks are presented so") func lines() {
    var fixture = Self.fixture
    fixture.separatesLines = true
    #expect(
      sums(fixture.trace, .file) == [
        "/src/a.c": [1001, 1011], "/src/b.c": [110, 111], FoldedName.noStack: [10_000, 10_000],
      ])
    #expect(
      sums(fixture.trace, .line) == [
        "/src/a.c:1": [1, 11], "/src/a.c:2": [1000, 1010], "/src/b.c:9": [110, 110],
        "/src/b.c:1": [0, 111], FoldedName.noStack: [10_000, 10_000],
      ])
  }

  @Test("A module's cost is that of stacks through it") func modules() {
    #expect(
      sums(Self.fixture.trace, .module) == [
        "/opt/demo/bin/demo": [1111, 1111], FoldedName.noStack: [10_000, 10_000],
      ])
  }

  private func sum(_ tree: CallTree, _ node: CallTree.Node, isBottomUp: Bool) -> Int {
    let children = tree.children(of: node)
    for child in children { _ = sum(tree, child, isBottomUp: isBottomUp) }
    let below = children.reduce(0) { $0 + $1.value }
    if !isBottomUp { #expect(node.value == node.ownValue + below) }
    #expect(below <= node.value)
    #expect(children.map(\.value) == children.map(\.value).sorted(by: >))
    return node.value
  }

  @Test("A tree's branches add up to the whole, in both directions", arguments: [false, true])
  func trees(isBottomUp: Bool) {
    for fixture in [Self.fixture, ProfileFixture.typical] {
      for kind in CostKind.allCases where kind.isAdditive && !kind.needsQuery {
        let trace = fixture.trace
        let tree = CallTree(trace.stacks, by: kind, isBottomUp: isBottomUp)
        let whole = tree.roots.reduce(0) { $0 + sum(tree, $1, isBottomUp: isBottomUp) }
        #expect(whole == trace.stacks.stacks.reduce(0) { $0 + kind.value(of: $1.cost) })
      }
    }
  }

  private func text(_ extent: TreeReport.Extent, unicode: Bool) -> [String] {
    var output = ""
    TreeReport(Self.fixture.trace, by: .allocations, extent: extent).writeText(
      to: &output, style: TextStyle(drawsUnicode: unicode))
    return output.split(separator: "\n").dropFirst(2).map(String.init)
  }

  @Test("A tree is drawn from callers down") func drawn() {
    var extent = TreeReport.Extent()
    extent.minimumPercent = 0
    #expect(
      text(extent, unicode: false) == [
        "  51.6 %           16  [no stack recorded]", "  25.8 %            8  walk  a.c:2",
        "  22.6 %            7  main  b.c:1", "  12.9 %            4  |-parse  b.c:9",
        "   9.7 %            3  `-walk  a.c:1", "   9.7 %            3    walk  a.c",
        "   6.5 %            2    |-parse  b.c:9", "   3.2 %            1    `-walk  a.c:1",
      ])
    extent.depth = 2
    extent.minimumPercent = 10
    #expect(
      text(extent, unicode: true) == [
        "  51.6 %           16  [no stack recorded]", "  25.8 %            8  walk  a.c:2",
        "  22.6 %            7  main  b.c:1", "  12.9 %            4  └─parse  b.c:9",
      ])
  }

  @Test("Bottom up, callers stand below what allocated") func bottomUp() {
    var extent = TreeReport.Extent()
    extent.isBottomUp = true
    extent.minimumPercent = 5
    #expect(
      text(extent, unicode: false) == [
        "  51.6 %           16  [no stack recorded]", "  29.0 %            9  walk  a.c:1,2",
        "  19.4 %            6  parse  b.c:9", "  12.9 %            4  |-main  b.c:1",
        "   6.5 %            2  `-walk  a.c", "   6.5 %            2    walk  a.c:1",
        "   6.5 %            2    main  b.c:1",
      ])
  }

  @Test("A long recursion is a line, and no deeper JSON than any other tree") func recursion()
    throws
  {
    var fixture = ProfileFixture()
    fixture.foldsRecursion = false
    fixture.add(
      ["_start", "main", "read"] + Array(repeating: "walk", count: 3000) + ["leaf"],
      allocations: 1, bytes: 10)
    let report = TreeReport(fixture.trace, by: .bytes, extent: TreeReport.Extent())
    var text = ""
    report.writeText(to: &text, style: TextStyle())
    #expect(
      text.split(separator: "\n").suffix(4).map { $0.drop { $0 != "B" }.dropFirst(3) } == [
        "main  demo", "`-read  demo", "  walk (× 3,000)  demo", "  leaf  demo",
      ])
    var json = JSONWriter("")
    report.writeJSON(to: &json, analyzerVersion: "test")
    let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    let nodes = (document as? [String: Any])?["nodes"] as? [[String: Any]] ?? []
    #expect(nodes.count == 3003)
    #expect(nodes.map { $0["parent"] as? Int } == [nil] + (0..<3002).map { $0 })
    #expect(nodes.last?["self"] as? Int == 10)

    fixture.foldsRecursion = true
    text = ""
    TreeReport(fixture.trace, by: .bytes, extent: TreeReport.Extent())
      .writeText(to: &text, style: TextStyle())
    #expect(text.contains("  walk (recursive)  demo\n"))
  }
}
