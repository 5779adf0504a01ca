import Aggregation
import Testing
import TraceFormat

@testable import Reports

/// Which stacks that grow are one suspect.
@Suite struct GrowthMergingTests {
  private typealias Growing = (frames: [String], bytesPerSecond: Int)

  private static let windows = 64
  private static let start = ["_start", "main"]

  /// A stack that keeps so many bytes a second, one block in each; or has them from the start on.
  private func series(_ bytesPerSecond: Int, isFlat: Bool, blocks: Int = windows) -> HeapSeries {
    let levels = (1...Self.windows).map { isFlat ? bytesPerSecond : $0 * bytesPerSecond }
    return HeapSeries(
      windowNanoseconds: 1_000_000_000, minimumBytes: levels, maximumBytes: levels,
      minimumBlocks: Array(1...Self.windows), allocations: Self.windows,
      allocatedBytes: Self.windows * bytesPerSecond, survivors: blocks,
      survivingBytes: Self.windows * bytesPerSecond, lastBirthWindow: Self.windows - 1)
  }

  /// The report of a program in which these stacks grow; suspects are from 1,000 bytes a second on.
  private func report(
    _ stacks: [Growing], by grouping: GrowthGroups.Grouping = .stack, isFlat: Bool = false,
    blocks: Int = windows
  ) throws -> (rows: [GrowthRow], text: String) {
    var fixture = ProfileFixture()
    for (frames, bytes) in stacks {
      fixture.add(
        Self.start + frames, allocations: Self.windows, bytes: Self.windows * bytes,
        leaked: (Self.windows, Self.windows * bytes))
    }
    let trace = fixture.trace
    let groups = GrowthGroups(trace, by: grouping)
    var parts = [[HeapSeries]](repeating: [], count: groups.count)
    for (cost, stack) in zip(trace.profile.costs, stacks) {
      let group = try #require(groups.groupOfStack[Int(cost.stack.rawValue)])
      parts[Int(group)].append(series(stack.bytesPerSecond, isFlat: isFlat, blocks: blocks))
    }
    let thresholds = HeapGrowth.Thresholds(warmUpWindows: 6)
    let total = try #require(
      HeapSeries.sum(stacks.map { series($0.bytesPerSecond, isFlat: isFlat) }))
    let rows = groups.rows(
      HeapSeriesSet(groups: parts.compactMap(HeapSeries.sum), total: total, activity: []),
      thresholds, trace.stacks)
    var text = ""
    GrowthReport(
      trace, rows: rows, whole: HeapGrowth(total, thresholds),
      windowNanoseconds: total.windowNanoseconds, thresholds: thresholds, limit: 10
    ).writeText(to: &text, style: TextStyle(drawsUnicode: false))
    return (rows, text)
  }

  /// Of each suspect how many stacks it is of.
  private func suspects(_ rows: [GrowthRow]) -> [Int] {
    rows.filter { $0.growth.verdict == .grows }.map(\.stacks).sorted(by: >)
  }

  @Test("Many suspects of one function, each small beside all of them, are one, below their caller")
  func manyOfOneFunction() throws {
    let found = try report((0..<8).map { (["handle", "action_\($0)", "make"], 2_000) })
    #expect(suspects(found.rows) == [8])
    #expect(found.text.contains("in 8 stacks of one function; the largest:\n    make"))
    #expect(found.text.contains("all of them below:\n    handle  demo\n    main"))
  }

  @Test("What is too small to be a suspect is part of one with the others of its function")
  func smallAndSmaller() throws {
    let stacks = (0..<6).map { (["action_\($0)", "make"], 1_500) }
    let smaller = (6..<20).map { (["action_\($0)", "make"], 300) }
    #expect(suspects(try report(stacks + smaller).rows) == [20])
    #expect(suspects(try report(smaller).rows) == [14])
  }

  @Test("What a runtime caches for its threads is no suspect, until there is more than they hold")
  func caches() throws {
    let continuation = ["work", "_dispatch_continuation_alloc_from_heap", "calloc"]
    let found = try report([(continuation, 2_000), (["work", "make"], 2_000)])
    #expect(suspects(found.rows) == [1])
    #expect(found.rows.map(\.growth.verdict).contains(.plateau))
    #expect(suspects(try report([(continuation, 2_000)], blocks: 1_025).rows) == [1])
  }

  @Test("Few suspects of one function stay apart, and one that is large beside many")
  func large() throws {
    let few: [Growing] = [(["parse", "make"], 5_000), (["render", "make"], 4_000)]
    #expect(suspects(try report(few).rows) == [1, 1])
    let many = (0..<8).map { (["action_\($0)", "make"], 2_000) }
    #expect(suspects(try report([(["parse", "make"], 50_000)] + many).rows) == [8, 1])
  }

  @Test("Many small suspects below one caller are one, which names some of their functions")
  func manyFunctions() throws {
    let stacks = (0..<8).map { (["handle", "make_\($0)"], 2_000 + $0) }
    let found = try report(stacks)
    #expect(suspects(found.rows) == [8])
    #expect(found.text.contains("in 8 stacks below:\n    handle  demo\n    main"))
    #expect(found.text.contains("of make_7, make_6, make_5 and 5 more functions"))
    #expect(suspects(try report(stacks, by: .function).rows).count == 8)
  }

  @Test("Suspects of several functions stay apart if they are few, or of main alone")
  func apart() throws {
    let few = (0..<4).map { (["handle", "make_\($0)"], 2_000) }
    #expect(suspects(try report(few).rows) == [1, 1, 1, 1])
    #expect(suspects(try report((0..<8).map { (["make_\($0)"], 2_000) }).rows).count == 8)
  }

  @Test("What grows slowly below one caller is one suspect, named at it") func belowOneCaller()
    throws
  {
    let found = try report((0..<8).map { (["loop", "handle", "make_\($0)"], 400) })
    #expect(suspects(found.rows) == [8])
    #expect(found.text.contains("in 8 stacks below:\n    handle  demo\n    loop"))
  }

  @Test("What grows alike is reported alike in every run") func ties() throws {
    let ofFunctions = ["make", "copy", "note"].flatMap { function in
      (0..<4).map { (["action_\($0)", function], 400) }
    }
    let ofBranches = ["left", "right"].flatMap { branch in
      (0..<4).map { (["loop", branch, "make_\(branch)_\($0)"], 400) }
    }
    let texts = Set(try (0..<8).map { _ in try report(ofFunctions + ofBranches).text })
    #expect(texts.count == 1)
    #expect(texts.first?.contains("in 8 stacks below:\n    loop") == true)
  }

  @Test("Ways through a recursion are one stack, however many functions it has") func windings()
    throws
  {
    let ways: [[String]] = [
      ["value"], ["value", "value"], ["value", "object", "value"],
      ["value", "object", "value", "list", "value"],
      ["value", "list", "list", "value", "object", "object", "value"],
    ]
    let found = try report(ways.map { (["read"] + $0 + ["make"], 5_000) })
    // One value in another is the same stack as one, deeper.
    #expect(suspects(found.rows) == [4])
    #expect(found.text.contains("all of them below:\n    value (recursive)  demo\n    read"))
    // Not so who calls the recursion, and which function of it allocates.
    #expect(
      suspects(
        try report([
          (["read", "value", "value", "make"], 5_000),
          (["write", "value", "value", "make"], 5_000),
        ]).rows) == [1, 1])
    #expect(
      suspects(
        try report([
          (["value", "list", "value"], 5_000),
          (["value", "list", "value", "list"], 5_000),
        ]).rows) == [1, 1])
  }

  @Test("A verdict's line says that it stands for several stacks") func others() throws {
    let stacks = (0..<3).map { (["action_\($0)", "make"], 1_000) }
    let found = try report(stacks, by: .function, isFlat: true)
    #expect(found.text.contains("make  and 2 other stacks"), "\(found.text)")
  }
}
