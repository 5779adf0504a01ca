import Aggregation
import Foundation
import Reports
import Testing
import TraceFormat

/// docs/JSON.md is a contract: what it does not name must not be written.
@Suite struct DocumentationTests {
  private let documentation: String

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: "docs").appending(path: "JSON.md"))
    documentation = String(decoding: data, as: UTF8.self)
  }

  /// The names of all members in a document, at any depth.
  private func members(of value: Any) -> Set<String> {
    switch value {
    case let object as [String: Any]:
      object.reduce(into: Set(object.keys)) { $0.formUnion(members(of: $1.value)) }
    case let array as [Any]:
      array.reduce(into: Set()) { $0.formUnion(members(of: $1)) }
    default: []
    }
  }

  private func expectDocumented(_ write: (inout JSONWriter<String>) -> Void) throws {
    var json = JSONWriter("")
    write(&json)
    let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    let names = members(of: document)
    #expect(names.count > 5)
    for name in names.sorted() {
      #expect(documentation.contains("`\(name)`"), "docs/JSON.md does not name \(name)")
    }
    let schema = (document as? [String: Any])?["schema"] as? String
    #expect(documentation.contains("## \(schema ?? "?")"))
  }

  @Test("Every member of every report is documented") func members() throws {
    var fixture = ProfileFixture.typical
    fixture.damage = [TraceDamage(offset: 1, skippedBytes: 2, cause: "test")]
    fixture.marks = [Mark(timeNanoseconds: 1, thread: ThreadID(rawValue: 1), label: "mark")]
    fixture.inventory.groups = [TraceInventory.ChunkGroup(name: "events")]
    fixture.relatives = [
      RelatedTrace(path: "a", program: "b", pid: 3, allocations: 4, allocatedBytes: 5)
    ]
    let trace = fixture.trace
    try expectDocumented {
      SummaryReport(trace, limit: 9).writeJSON(to: &$0, analyzerVersion: "test")
    }
    try expectDocumented {
      TopReport(trace, by: .peak, limit: 9).writeJSON(to: &$0, analyzerVersion: "test")
    }
    try expectDocumented {
      LeaksReport(trace, limit: 9).writeJSON(to: &$0, analyzerVersion: "test")
    }
    let callers = try CallersReport(trace, of: "main", by: .bytes, extent: TreeReport.Extent())
    try expectDocumented { callers.writeJSON(to: &$0, analyzerVersion: "test") }
    try expectDocumented {
      CheckReport(trace, limits: [MemoryLimit(.peak, most: .number(0))])
        .writeJSON(to: &$0, analyzerVersion: "test")
    }
    let series = HeapSeries(
      windowNanoseconds: 1_000_000_000, minimumBytes: [1, 2], maximumBytes: [1, 2],
      minimumBlocks: [1, 2], allocations: 1, allocatedBytes: 2, survivors: 1, survivingBytes: 2,
      lastBirthWindow: 1)
    let thresholds = HeapGrowth.Thresholds(warmUpWindows: 1)
    let found = HeapSeriesSet(groups: [series], total: series, activity: [1, 1])
    let rows = GrowthGroups(trace, by: .function).rows(found, thresholds, trace.stacks)
    try expectDocumented {
      GrowthReport(
        trace, rows: rows, whole: HeapGrowth(series, thresholds),
        windowNanoseconds: series.windowNanoseconds, thresholds: thresholds, limit: 9
      )
      .writeJSON(to: &$0, analyzerVersion: "test")
    }
    try expectDocumented {
      PeakReport(trace, limit: 9).writeJSON(to: &$0, analyzerVersion: "test")
    }
    try expectDocumented {
      TimelineReport(trace, limits: [1]).writeJSON(to: &$0, analyzerVersion: "test")
    }
    try expectDocumented { InfoReport(trace).writeJSON(to: &$0, analyzerVersion: "test") }
    try expectDocumented {
      TreeReport(trace, by: .peak, extent: TreeReport.Extent()).writeJSON(
        to: &$0, analyzerVersion: "test")
    }
    for grouping in [CostGrouping.function, .file, .line, .module] {
      try expectDocumented {
        GroupReport(trace, by: .peak, grouping: grouping, limit: 9).writeJSON(
          to: &$0, analyzerVersion: "test")
      }
    }
    for grouping in [CostGrouping.stack, .function] {
      let question = TraceDifference.Question(by: .bytes, grouping: grouping)
      let difference = TraceDifference(ProfileFixture().trace, trace, question)
      try expectDocumented {
        DiffReport(difference, names: ("a", "b"), limit: 9)
          .writeJSON(to: &$0, analyzerVersion: "test")
      }
    }
    fixture.isAnswer = true
    let answer = fixture.trace
    try expectDocumented {
      SummaryReport(answer, limit: 9).writeJSON(to: &$0, analyzerVersion: "test")
    }
    try expectDocumented {
      TopReport(answer, by: .peak, limit: 9).writeJSON(to: &$0, analyzerVersion: "test")
    }
    for grouping in [CostGrouping.thread, .size] {
      try expectDocumented {
        GroupReport(answer, by: .peak, grouping: grouping, limit: 9).writeJSON(
          to: &$0, analyzerVersion: "test")
      }
    }
    try expectDocumented {
      HistogramReport(answer).writeJSON(to: &$0, analyzerVersion: "test")
    }
    try expectDocumented {
      ThreadsReport(answer, by: .bytes).writeJSON(to: &$0, analyzerVersion: "test")
    }
    let event = HeapEvent(
      kind: .allocate, timeNanoseconds: 1, thread: ThreadID(rawValue: 1), address: 16,
      sizeBytes: 8, stack: StackID(rawValue: 1), block: 1)
    try expectDocumented { json in
      EventJSON.write(path: "t", stacks: trace.stacks, to: &json, analyzerVersion: "test") {
        write in
        write(event)
        return fixture.damage
      }
    }
  }

  @Test("Every kind of notice is documented") func notices() {
    for kind in [
      Notice.Kind.damage, .recordingStopped, .lostEvents, .noEvents, .notClosed, .stacksCut,
      .stacksBroken, .unwindDifferences, .unknownFrees, .supersededBlocks, .symbols, .largerProcess,
      .nothingCounted, .inheritedFrees, .untraced, .paused,
    ] {
      #expect(documentation.contains("`\(kind.rawValue)`"))
    }
  }
}
