import Aggregation
import Foundation
import Testing
import TraceTestSupport

/// Programs of known behaviour, and what their memory is taken for.
@Suite struct GrowthShapesTests {
  private static let seeds: Range<UInt64> = 1..<4

  private static func verdict(of shape: GrowthShape, seed: UInt64) throws -> HeapGrowth {
    var heap = SimulatedHeap(seed: seed)
    shape.build(&heap)
    if !shape.name.contains("idle") { heap.churn(rate: 20) }
    let trace = try heap.trace()
    let found = try trace.series(
      groupOfStack: (0..<trace.stacks.count).map { UInt32($0) }, groups: trace.stacks.count,
      windows: 128)
    let judged = trace.stacks.nodes.first {
      trace.stacks.programCounter(of: $0).address
        == InventedTrace.address(ofStack: SimulatedHeap.judged)
    }
    let series = found.groups[Int(try #require(judged).rawValue)]
    return HeapGrowth(
      series, activity: found.activity, HeapGrowth.Thresholds(warmUpWindows: 13))
  }

  @Test("There are shapes enough") func count() {
    #expect(GrowthShape.all.count >= 40)
    #expect(Set(GrowthShape.all.map(\.name)).count == GrowthShape.all.count)
  }

  @Test("A shape is taken for what it is, and the table in the documents says so")
  func confusion() async throws {
    let verdicts = try await withThrowingTaskGroup(
      of: (Int, HeapGrowth.Verdict).self
    ) { group in
      for (number, shape) in GrowthShape.all.enumerated() {
        for seed in Self.seeds {
          group.addTask { (number, try Self.verdict(of: shape, seed: seed).verdict) }
        }
      }
      return try await group.reduce(into: [Int: [HeapGrowth.Verdict]]()) {
        $0[$1.0, default: []].append($1.1)
      }
    }
    var table: [GrowthShape.Kind: [HeapGrowth.Verdict: Int]] = [:]
    for (number, shape) in GrowthShape.all.enumerated() {
      for verdict in verdicts[number] ?? [] {
        table[shape.kind, default: [:]][verdict, default: 0] += 1
        let isRight =
          switch shape.kind {
          case .leak: verdict == .grows
          case .slowLeak: verdict == .growsSlowly
          case .bounded: verdict != .grows && verdict != .growsSlowly
          }
        #expect(isRight, "\(shape.name): \(verdict)")
      }
    }
    let columns: [HeapGrowth.Verdict] = [
      .grows, .growsSlowly, .sawtooth, .plateau, .startUp, .temporary,
    ]
    let document = try String(
      contentsOfFile: #filePath.replacingOccurrences(
        of: "Tests/AggregationTests/GrowthShapesTests.swift", with: "docs/Reliability.md"),
      encoding: .utf8)
    for kind in GrowthShape.Kind.allCases {
      let shapes = GrowthShape.all.filter { $0.kind == kind }.count
      let cells = columns.map { String(table[kind]?[$0] ?? 0) }
      let row = "| \(kind.rawValue), \(shapes) shapes | \(cells.joined(separator: " | ")) |"
      #expect(document.contains(row), "docs/Reliability.md should have: \(row)")
    }
  }

  @Test("A buffer that realloc extends counts once, in each window") func realloc() throws {
    let shape = try #require(GrowthShape.all.first { $0.name == "a buffer that realloc extends" })
    var heap = SimulatedHeap(seed: 1)
    shape.build(&heap)
    let trace = try heap.trace()
    let found = try trace.series(
      groupOfStack: (0..<trace.stacks.count).map { _ in 0 }, groups: 1, windows: 128)
    let least = found.groups[0].minimumBytes.dropFirst()
    #expect(least.allSatisfy { $0 > 0 })
    #expect(zip(least, least.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(found.groups[0].minimumBlocks.dropFirst().allSatisfy { $0 == 1 })
  }
}
