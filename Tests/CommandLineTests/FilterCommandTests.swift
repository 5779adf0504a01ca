import Foundation
import Testing

/// Filters and groups on the trace of a program whose every allocation is known; see
/// `RecordedProgram.source`.
@Suite struct FilterCommandTests {
  private let program: RecordedProgram

  init() throws { program = try RecordedProgram.recorded() }

  private func totals(_ arguments: String...) throws -> [String: Int] {
    let result = try CommandResult.run(
      Products.analyzer, ["summary", "--json"] + arguments, in: program.directory)
    #expect(result.status == 0, "\(result.errors)")
    let totals = try #require(try result.json()["totals"] as? [String: Any])
    return totals.compactMapValues { $0 as? Int }
  }

  @Test("A function's blocks alone are counted, and it is said") func function() throws {
    let leak = try totals("--function", "leak")
    #expect(leak["allocations"] == 3 && leak["leakedBytes"] == 300 && leak["peakBytes"] == 300)
    #expect(leak["frees"] == 0)
    let others = try totals("--exclude", "leak")
    #expect(others["allocations"] == RecordedProgram.allocations - 3)
    #expect(others["peakBytes"] == 1_048_576)
    let text = try program.analyze("--function", "leak").output
    #expect(text.split(separator: "\n")[1] == "Only blocks, under function leak.")
    #expect(try totals("--module", "program")["allocations"] == RecordedProgram.allocations)
  }

  @Test("Sizes, threads and stacks' bytes are conditions") func conditions() throws {
    #expect(try totals("--size", "16")["allocations"] == 1000)
    #expect(try totals("--size", "1k..")["allocations"] == 1)
    #expect(try totals("--size", "..100")["allocations"] == 1003)
    #expect(try totals("--thread", "1")["allocations"] == RecordedProgram.allocations)
    #expect(try totals("--thread", "prog*")["allocations"] == RecordedProgram.allocations)
    #expect(try totals("--min-bytes", "10k")["allocations"] == 1001)
    #expect(
      try totals("--function", "hold", "--size", "100", "--min-bytes", "300")["allocations"] == 3)
  }

  @Test("What lives, what was kept and what was freed are parts of the whole") func windows() throws
  {
    #expect(try totals("--at", "100%")["allocations"] == 3)
    #expect(try totals("--show", "retained")["liveBytes"] == 300)
    let freed = try totals("--show", "freed")
    #expect(freed["allocations"] == RecordedProgram.allocations - 3)
    #expect(freed["peakBytes"] == nil)
    #expect(try totals("--show", "present")["peakBytes"] == RecordedProgram.peakBytes)
    let early = try totals("--to", "50%")["allocations"] ?? 0
    let late = try totals("--from", "50%")["allocations"] ?? 0
    #expect(early + late == RecordedProgram.allocations)
  }

  @Test("Every report takes a filter and begins with it") func reports() throws {
    for command in [
      "top", "leaks", "growth", "peak", "timeline", "tree", "histogram", "threads",
    ] {
      let text = try program.analyze(command, "--function", "leak").output
      #expect(text.split(separator: "\n")[1] == "Only blocks, under function leak.", "\(command)")
      let document = try program.analyze(command, "--function", "leak", "--json").json()
      let filter = try #require(document["filter"] as? [String: Any])
      #expect(filter["functions"] as? [String] == ["leak"])
      let whole = try program.analyze(command, "--json").json()
      #expect(whole["filter"] is NSNull)
    }
    let folded = try program.analyze("folded", "--function", "leak")
    #expect(folded.output.hasSuffix("main;hold;leak 300\n"))
    #expect(folded.output.split(separator: "\n").count == 1)
    let events = try program.analyze("events", "--function", "leak", "--json")
    let listed = try #require(try events.json()["events"] as? [[String: Any]])
    #expect(listed.map { $0["sizeBytes"] as? Int } == [100, 100, 100])
  }

  @Test(
    "Groups name what they add up",
    arguments: [
      ("function", "function", "temporary", 1000), ("module", "module", "/program", 1004),
      ("file", "file", "program.c", 1004), ("line", "file", "program.c", 1000),
    ]) func groups(grouping: String, member: String, suffix: String, allocations: Int) throws
  {
    let document = try program.analyze(
      "top", "--group-by", grouping, "--by", "allocations", "--json"
    ).json()
    let first = try #require((document["groups"] as? [[String: Any]])?.first)
    #expect((first[member] as? String)?.hasSuffix(suffix) == true, "\(first)")
    #expect((first["self"] as? [String: Any])?["allocations"] as? Int == allocations)
  }

  @Test("Sizes are groups with peaks of their own") func sizes() throws {
    let document = try program.analyze(
      "top", "--group-by", "size", "--by", "own-peak", "--json"
    ).json()
    let groups = try #require(document["groups"] as? [[String: Any]])
    #expect(groups.map { $0["sizeBytes"] as? Int } == [1_048_576, 100, 16])
    let peaks = groups.map { ($0["self"] as? [String: Any])?["ownPeakBytes"] as? Int }
    #expect(peaks == [1_048_576, 300, 16])
  }

  @Test(
    "What a filter cannot do is said, with what there is",
    arguments: [
      (["--function", "nothing"], "no function on any stack is called nothing"),
      (["--module", "libnone*"], "no module on any stack is called libnone*"),
      (["--thread", "9"], "no thread is called 9; there are 1 program"),
      (["--from", "start"], "there is no mark start"), (["--from", "1h"], "the run lasted"),
      (["--from", "60%", "--to", "40%"], "the window is empty"),
      (["--at", "1s", "--to", "2s"], "--at is a window of its own"),
      (["--size", "9..1"], "--size"), (["--show", "dead"], "--show"),
    ]) func refusals(arguments: [String], words: String) throws
  {
    let result = try CommandResult.run(
      Products.analyzer, ["summary"] + arguments, in: program.directory)
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test("Costs that do not add up are not drawn, nor peaks of what is chosen by its end")
  func sums() throws {
    #expect(try program.analyze("folded", "--cost", "own-peak").status == 2)
    #expect(try program.analyze("tree", "--by", "own-peak").status == 2)
    #expect(try program.analyze("top", "--by", "peak", "--show", "freed").status == 2)
    #expect(try program.analyze("events", "--at", "50%").status == 2)
    #expect(try program.analyze("timeline", "--show", "live").status == 2)
    #expect(try program.analyze("growth", "--show", "allocated").status == 2)
  }

  @Test("The time line of a window is as fine as that of a run, and ends where it does")
  func timeline() throws {
    let document = try program.analyze("timeline", "--from", "50%", "--json").json()
    let points = try #require(document["timeline"] as? [[String: Any]])
    let filter = try #require(document["filter"] as? [String: Any])
    let start = try #require(filter["fromNanoseconds"] as? Int)
    #expect(points.allSatisfy { ($0["timeNanoseconds"] as? Int ?? 0) >= start })
    #expect(
      points.last?["timeNanoseconds"] as? Int == document["durationNanoseconds"] as? Int)
    #expect(points.last?["liveBytes"] as? Int == 300)
    let leak = try program.analyze("timeline", "--function", "leak", "--json").json()
    #expect(leak["peakBytes"] as? Int == 300)
    let table = try program.analyze("timeline", "--function", "leak", "--csv").output
    #expect(table.split(separator: "\n").last?.split(separator: ",")[1] == "300")
  }

  @Test("A filter that nothing meets says so") func nothing() throws {
    let result = try program.analyze("--function", "leak", "--size", "5")
    #expect(result.status == 0)
    #expect(
      result.output.contains(
        "None of the 1,004 allocations of the run meets the filter."))
  }
}
