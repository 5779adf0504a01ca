import Aggregation
import Foundation
import Reports
import Testing
import TraceFormat

/// The whole reports, as text and as JSON, against files that people have read.
@Suite struct ReportTests {
  private static var damaged: ProfileFixture {
    var fixture = ProfileFixture.typical
    fixture.process.program = "index\u{1b}[31mer"
    fixture.process.arguments = ["indexer", "--title", "\u{1b}]0;owned\u{7}", "it's"]
    fixture.process.end = ProcessEnd(timeNanoseconds: 0, reason: .unknown)
    fixture.process.isClosed = false
    fixture.totals.lostEvents = 12
    fixture.totals.unknownFrees = 2
    fixture.damage = [TraceDamage(offset: 8192, skippedBytes: 512, cause: "checksum differs")]
    fixture.marks = [
      Mark(timeNanoseconds: 5_000_000, thread: ThreadID(rawValue: 1), label: "phase \u{9b}2J")
    ]
    var group = TraceInventory.ChunkGroup(name: "events")
    group.chunks = 3
    group.storedBytes = 1_200_000
    group.payloadBytes = 9_000_000
    fixture.inventory.groups = [group]
    fixture.threads[0].name = "wor\nker"
    return fixture
  }

  private func text(_ write: (inout String) -> Void) -> String {
    var output = ""
    write(&output)
    return output
  }

  private func json(_ write: (inout JSONWriter<String>) -> Void) throws -> [String: Any] {
    let text = jsonText(write)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func jsonText(_ write: (inout JSONWriter<String>) -> Void) -> String {
    var json = JSONWriter("")
    write(&json)
    return json.output
  }

  @Test("The summary of a typical program") func summary() throws {
    var fixture = ProfileFixture.typical
    try expectGolden(
      text {
        SummaryReport(fixture.trace, limit: 3)
          .writeText(to: &$0, style: TextStyle(stackLines: 6))
      }, "summary.txt")
    try expectGolden(
      text {
        SummaryReport(fixture.trace, limit: 3, isLong: true)
          .writeText(to: &$0, style: TextStyle(stackLines: 6))
      }, "summary-long.txt")
    fixture.keepsAllFrames = true
    try expectGolden(
      jsonText {
        SummaryReport(fixture.trace, limit: 3).writeJSON(to: &$0, analyzerVersion: "test")
      }, "summary.json")
  }

  @Test("The summary of a damaged trace says so first") func damagedSummary() throws {
    let report = SummaryReport(Self.damaged.trace, limit: 1)
    try expectGolden(
      text { report.writeText(to: &$0, style: TextStyle(width: 72, stackLines: 3)) },
      "summary-damaged.txt")
  }

  @Test("The other reports") func others() throws {
    let trace = ProfileFixture.typical.trace
    try expectGolden(
      text {
        TopReport(trace, by: .allocations, limit: 2).writeText(
          to: &$0, style: TextStyle(stackLines: Int.max))
      }, "top-allocations.txt")
    try expectGolden(
      text {
        LeaksReport(trace, limit: 9).writeText(to: &$0, style: TextStyle(stackLines: 4))
      }, "leaks.txt")
    try expectGolden(
      text { InfoReport(Self.damaged.trace).writeText(to: &$0, style: TextStyle()) }, "info.txt")
    try expectGolden(
      jsonText { InfoReport(Self.damaged.trace).writeJSON(to: &$0, analyzerVersion: "test") },
      "info.json")
    try expectGolden(
      exported(trace, as: FoldedExporter.format), "bytes.folded")
  }

  @Test("The peak by module and by stack") func peak() throws {
    var fixture = ProfileFixture.typical
    fixture.modules.append(
      Module(
        id: ModuleID(rawValue: 2), path: "/opt/demo/lib/libplugin.so", base: 0x20_0000,
        addresses: 0x20_0000..<0x30_0000))
    fixture.moduleOfFrame["plugin"] = 2
    fixture.add(["main", "plugin"], allocations: 9, bytes: 99_999, peak: (9, 99_999))
    let report = PeakReport(fixture.trace, limit: 2)
    try expectGolden(
      text { report.writeText(to: &$0, style: TextStyle(stackLines: 4)) }, "peak.txt")
    let document = try json { report.writeJSON(to: &$0, analyzerVersion: "test") }
    let modules = try #require(document["modules"] as? [[String: Any]])
    let sum = modules.reduce(0) { $0 + ($1["peakBytes"] as? Int ?? 0) }
    #expect(sum == fixture.totals.peakBytes)
    #expect(document["peakBytes"] as? Int == fixture.totals.peakBytes)
    #expect((document["stacks"] as? [Any])?.count == 2)
  }

  @Test("The timeline as charts, as a table and as JSON") func timeline() throws {
    var fixture = ProfileFixture.typical
    fixture.marks = [
      Mark(timeNanoseconds: 700_000_000, thread: ThreadID(rawValue: 1), label: "loaded"),
      Mark(timeNanoseconds: 3_400_000_000, thread: ThreadID(rawValue: 1), label: "a \"b\", c\u{7}"),
    ]
    let limits = [4 << 20, 1 << 20, 8 << 20]
    let report = TimelineReport(fixture.trace, limits: limits, rows: 8)
    try expectGolden(
      text { report.writeText(to: &$0, style: TextStyle(width: 72)) }, "timeline.txt")
    try expectGolden(
      text { report.writeText(to: &$0, style: TextStyle(width: 60, drawsUnicode: true)) },
      "timeline-unicode.txt")
    try expectGolden(
      text {
        TimelineReport(fixture.trace, writesCSV: true).writeText(to: &$0, style: TextStyle())
      }, "timeline.csv")
    try expectGolden(
      jsonText { report.writeJSON(to: &$0, analyzerVersion: "test") }, "timeline.json")
  }

  @Test("JSON is read by another reader, and its totals are the profile's") func jsonTotals() throws
  {
    let fixture = ProfileFixture.typical
    let document = try json {
      SummaryReport(fixture.trace, limit: 3).writeJSON(to: &$0, analyzerVersion: "test")
    }
    #expect(document["schema"] as? String == "memtrace-summary")
    let totals = try #require(document["totals"] as? [String: Int])
    #expect(totals["allocations"] == fixture.totals.allocations)
    #expect(totals["frees"] == fixture.totals.frees)
    #expect(totals["allocatedBytes"] == fixture.totals.allocatedBytes)
    #expect(totals["peakBytes"] == fixture.totals.peakBytes)
    #expect(totals["leakedAllocations"] == fixture.totals.leakedAllocations)
    #expect(totals["leakedBytes"] == fixture.totals.leakedBytes)
    #expect(totals["temporaryAllocations"] == fixture.totals.temporaryAllocations)
    #expect(totals["lostEvents"] == fixture.totals.lostEvents)
    for kind in CostKind.ofEveryTrace {
      let top = try json {
        TopReport(fixture.trace, by: kind, limit: 100).writeJSON(to: &$0, analyzerVersion: "test")
      }
      let stacks = try #require(top["stacks"] as? [[String: Any]])
      #expect(!stacks.isEmpty)
      #expect(top["total"] as? Int == kind.total(of: fixture.totals))
    }
  }

  @Test(
    "No control character reaches a terminal, whatever the trace says", arguments: [60, 100, 300])
  func controls(width: Int) throws {
    var fixture = Self.damaged
    let hostile = "\u{1b}[2J\u{7}\n\r\u{9b}\u{202e}x"
    fixture.add(["main" + hostile, hostile], allocations: 5, bytes: 50, leaked: (5, 50))
    fixture.places[hostile] = ("/src/" + hostile, 1)
    fixture.process.workingDirectory = hostile
    fixture.process.recorder = hostile
    fixture.modules[0] = Module(
      id: ModuleID(rawValue: 1), path: "/lib/" + hostile, base: 0, addresses: 0..<0x10_0000)
    let trace = fixture.trace
    let style = TextStyle(isDecorated: false, width: width)
    let folded = try exported(trace, as: FoldedExporter.format)
    let all = text { output in
      output += folded
      SummaryReport(trace, limit: 9).writeText(to: &output, style: style)
      LeaksReport(trace, limit: 9).writeText(to: &output, style: style)
      InfoReport(trace).writeText(to: &output, style: style)
      PeakReport(trace, limit: 9).writeText(to: &output, style: style)
      TimelineReport(trace).writeText(to: &output, style: style)
    }
    #expect(
      all.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    #expect(!all.unicodeScalars.contains("\u{202e}"))
  }

  @Test("Stacks and sentences keep within the width", arguments: [60, 80, 132]) func widths(
    width: Int
  ) {
    var fixture = Self.damaged
    fixture.add(
      ["main", String(repeating: "namespace_of_", count: 30) + "function"], allocations: 9,
      bytes: 1 << 40, peak: (9, 1 << 40), leaked: (9, 1 << 40))
    fixture.places["main"] = ("/src/" + String(repeating: "long", count: 40) + ".cpp", 12_345)
    let all = text {
      SummaryReport(fixture.trace, limit: 9).writeText(
        to: &$0, style: TextStyle(width: width, stackLines: 9))
    }
    let rankings = all.components(separatedBy: "Most memory").dropFirst().joined()
    for line in rankings.split(separator: "\n") where line.hasPrefix("    ") {
      #expect(line.count <= width, "\(line)")
    }
  }

  @Test(
    "The summary is a page, with the answer before the figures",
    arguments: [(60, 24), (80, 24), (80, 40), (120, 50)])
  func page(width: Int, height: Int) throws {
    var fixture = ProfileFixture.typical
    for number in 0..<40 {
      fixture.add(
        ["_start", "main", "caller\(number)", "read_table", "std::vector<int>::push_back(int)"],
        allocations: 9, bytes: 9 << 20, peak: (9, 9 << 20), leaked: (9, 9 << 20))
    }
    let page = text {
      SummaryReport(fixture.trace).writeText(
        to: &$0, style: TextStyle(width: width, height: height))
    }
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= height)
    for line in lines { #expect(SafeText.columns(String(line)) <= width, "\(line)") }
    // One function under forty callers is the answer, not one of forty stacks.
    let answer = try #require(lines.firstIndex { $0.contains("read_table") })
    #expect(answer <= 4 && lines[answer].contains("40 stacks"))
    #expect(lines.firstIndex { $0.contains("Allocations") }.map { $0 > answer } ?? false)
  }

  @Test("A line that does not fit goes on in the next", arguments: [20, 40, 61])
  func longLines(width: Int) {
    var page = PageText("", width: width, isASCII: true)
    let word = String(repeating: "x", count: 45)
    let line = "  path  \u{1b}[1mone two three four\u{1b}[0m \(word) five … six µs ▁█ é"
    page.write(line + "\nshort\n")
    page.write("no end")
    page.finish()
    let visible = page.output.replacing(/\u{1b}\[[0-9;]*m/, with: "")
    for line in visible.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
    #expect(visible.utf8.allSatisfy { $0 < 0x80 })
    #expect(
      visible.filter { $0 != " " && $0 != "\n" }
        == "pathonetwothreefour\(word)five~sixus_#?shortnoend")
  }

  @Test("Decoration changes no text") func decoration() throws {
    let report = SummaryReport(ProfileFixture.typical.trace, limit: 3)
    let plain = text { report.writeText(to: &$0, style: TextStyle(stackLines: 6)) }
    let decorated = text {
      report.writeText(to: &$0, style: TextStyle(isDecorated: true, stackLines: 6))
    }
    #expect(decorated != plain)
    #expect(decorated.replacing(try Regex("\u{1b}\\[[0-9;]*m"), with: "") == plain)
  }
}
