import Foundation
import Testing

/// The commands on a trace of a program whose every allocation is known.
@Suite struct ReportCommandTests {
  private let program: RecordedProgram

  init() throws { program = try RecordedProgram.recorded() }

  private func totals(_ document: [String: Any]) throws -> [String: Int] {
    try #require(document["totals"] as? [String: Int])
  }

  @Test("The summary's totals are the program's") func summaryTotals() throws {
    let result = try program.analyze("trace.bin", "--json")
    #expect(result.status == 0 && result.errors.isEmpty)
    let totals = try totals(result.json())
    #expect(totals["allocations"] == RecordedProgram.allocations)
    #expect(totals["frees"] == RecordedProgram.allocations - 3)
    #expect(totals["allocatedBytes"] == RecordedProgram.allocatedBytes)
    #expect(totals["peakBytes"] == RecordedProgram.peakBytes)
    #expect(totals["leakedAllocations"] == 3)
    #expect(totals["leakedBytes"] == 300)
    #expect(totals["temporaryAllocations"] == RecordedProgram.temporaryAllocations)
    #expect(totals["lostEvents"] == 0)
  }

  @Test("Without a file name ./trace.bin is read, with and without the command's name")
  func defaults() throws {
    let plain = try program.analyze()
    #expect(plain.status == 0)
    #expect(plain.output.contains("exited with code 7"))
    #expect(try program.analyze("summary").output == plain.output)
    #expect(try program.analyze("trace.bin").output == plain.output)
    #expect(plain.output.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
  }

  @Test(
    "Each ranking is led by the function that is to blame",
    arguments: [
      ("bytes", "hold"), ("allocations", "temporary"), ("peak", "hold"), ("leaked", "leak"),
      ("temporary", "temporary"),
    ]) func top(cost: String, function: String) throws
  {
    let result = try program.analyze("top", "--by", cost, "--json")
    let stacks = try #require(try result.json()["stacks"] as? [[String: Any]])
    let frames = try #require(stacks.first?["frames"] as? [[String: Any]])
    let own = frames.first { $0["class"] as? String == "show" }
    #expect(own?["function"] as? String == function)
    #expect(frames.contains { $0["function"] as? String == "main" })
    let text = try program.analyze("top", "--by", cost)
    #expect(text.output.contains("\n    \(function) "))
  }

  @Test("Leaks are listed with their stack") func leaks() throws {
    let document = try program.analyze("leaks", "--json").json()
    #expect(document["leakedBytes"] as? Int == 300)
    let stacks = try #require(document["stacks"] as? [[String: Any]])
    #expect(stacks.count == 1)
    let frames = try #require(stacks[0]["frames"] as? [[String: Any]])
    let own = frames.filter { $0["class"] as? String == "show" }
    #expect(own.map { $0["function"] as? String } == ["leak", "hold", "main"])
    #expect(own[0]["line"] as? Int == 7)
    #expect(frames.last?["function"] as? String == "_start")
  }

  @Test(
    "Folded stacks sum up to the totals",
    arguments: [
      ("bytes", RecordedProgram.allocatedBytes), ("allocations", RecordedProgram.allocations),
      ("peak", RecordedProgram.peakBytes), ("leaked", 300),
      ("temporary", RecordedProgram.temporaryAllocations),
    ]) func folded(cost: String, total: Int) throws
  {
    let result = try program.analyze("folded", "--cost", cost)
    #expect(result.status == 0 && result.errors.isEmpty)
    let counts = result.output.split(separator: "\n").map { line in
      line.split(separator: " ").last.flatMap { Int($0) }
    }
    #expect(counts.allSatisfy { $0 != nil })
    #expect(counts.reduce(0) { $0 + ($1 ?? 0) } == total)
  }

  @Test("Info names the program and its library") func info() throws {
    let document = try program.analyze("info", "--json").json()
    let modules = try #require(document["modules"] as? [[String: Any]])
    let paths = modules.compactMap { $0["path"] as? String }
    #expect(
      paths.contains { $0.hasSuffix("/program") } && paths.contains { $0.contains("libc.so") })
    #expect((document["threads"] as? [Any])?.count == 1)
    #expect(try program.analyze("info").output.contains("libc.so"))
  }

  @Test("Events stand in order, one for each call") func events() throws {
    let document = try program.analyze("events", "--json").json()
    let events = try #require(document["events"] as? [[String: Any]])
    let kinds = events.compactMap { $0["event"] as? String }
    #expect(kinds.count == 2 * RecordedProgram.allocations - 3)
    #expect(kinds.prefix(4) == ["allocate", "free", "allocate", "free"])
    #expect(kinds.suffix(5) == ["allocate", "allocate", "allocate", "allocate", "free"])
    #expect(events.last?["sizeBytes"] as? Int == 1_048_576)
    #expect(events.last?["function"] as? String == "hold")
    let text = try program.analyze("events", "--limit", "3")
    #expect(text.output.split(separator: "\n").count == 4)
  }

  @Test("A short trace gets no index and stays as it is") func shortIndex() throws {
    let before = try Data(contentsOf: program.trace)
    let result = try program.analyze("index")
    #expect(result.status == 0 && result.output == "trace.bin: too short to need an index\n")
    #expect(try Data(contentsOf: program.trace) == before)
  }
}
