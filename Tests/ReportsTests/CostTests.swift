import Aggregation
import Testing

@testable import Reports

/// Costs as values: one more is no change of what ranks, draws, exports and compares them.
@Suite("Costs") struct CostTests {
  /// Bytes that were freed again: a cost that the library does not have.
  private static let freed = CostKind(
    "freed", "bytes that were freed before the end", title: "Most bytes freed",
    subject: "bytes freed", isBytes: true, value: { $0.allocatedBytes - $0.leakedBytes },
    blocks: { $0.allocations - $0.leakedAllocations })

  private var fixture: ProfileFixture {
    var fixture = ProfileFixture()
    fixture.add(["main", "keep"], allocations: 1, bytes: 1000)
    fixture.add(["main", "turn"], allocations: 8, bytes: 400)
    return fixture
  }

  @Test(
    "A cost from outside the library's list is ranked, drawn, exported and compared like any other")
  func registration() throws {
    let costs = CostKind.standard + [Self.freed]
    let kind = try #require(costs.first { $0.rawValue == "freed" })
    let trace = fixture.trace
    let total = kind.total(of: trace.profile.totals)
    #expect(trace.stacks.stacks.reduce(0) { $0 + kind.value(of: $1.cost) } == total)

    var page = ""
    TopReport(trace, by: kind, limit: 10).writeText(to: &page, style: TextStyle())
    #expect(page.contains("Most bytes freed  of \(Quantity.bytes(total)) in all"))

    var tree = JSONWriter("")
    TreeReport(trace, by: kind, extent: TreeReport.Extent())
      .writeJSON(to: &tree, analyzerVersion: "test")
    #expect(tree.output.contains("\"by\": \"freed\""))

    var folded: [UInt8] = []
    try FoldedExporter.format.write(trace, ExportOptions(cost: kind)) { folded += $0 }
    let sum = String(decoding: folded, as: UTF8.self).split(separator: "\n")
      .compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +)
    #expect(sum == total)

    var picture: [UInt8] = []
    try FlameGraphExporter.format.write(trace, ExportOptions(cost: kind)) { picture += $0 }
    #expect(String(decoding: picture, as: UTF8.self).contains("bytes freed"))

    let difference = TraceDifference(trace, trace, TraceDifference.Question(by: kind))
    #expect(difference.totalBefore == total)
    #expect(difference.rows.allSatisfy { $0.change == 0 })
  }

  @Test("Names of costs are distinct") func names() {
    let names = CostKind.standard.map(\.rawValue)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { CostKind(rawValue: $0)?.rawValue == $0 })
  }
}
