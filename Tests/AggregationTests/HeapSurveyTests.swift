import Aggregation
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

/// What one reading finds of random programs, beside three readings and the naive model.
@Suite("Surveys") struct HeapSurveyTests {
  private static let step: UInt64 = 1 << 28
  private static let seeds = 900..<940 as Range<UInt64>

  private struct Invented {
    let trace: HeapTrace
    let blocks: NaiveBlocks
    /// Of each operation, by the coarse clock.
    let times: [UInt64]
    var stacks: Int { trace.stacks.count }
  }

  private func invented(_ seed: UInt64) throws -> Invented {
    var random = SplitMix(state: seed)
    var history = RandomHistory(seed: seed)
    history.threads = UInt32(random.next(5)) + 1
    history.addresses = 10 + random.next(100)
    history.vanishing = seed.isMultiple(of: 3) ? 20 : 0
    let operations = history.operations(Int(random.next(300)) + 1)
    var builder = InventedTrace.builder(stacks: history.stacks)
    builder.appendRecords(TestRecords.exactOrder())
    builder.nanosecondsPerEvent = Self.step
    var times: [UInt64] = []
    for part in RandomHistory.parts(of: operations, length: { 1 + Int(random.next(120)) }) {
      let start = times.count
      builder.appendBatch(part)
      // The clock of test batches goes on with every third event.
      times += part.indices.map { UInt64(start + $0 / 3 * 3) * Self.step }
    }
    return Invented(
      trace: try HeapTrace(
        try TraceFile(source: MemorySource(builder.closed())), readsMarks: true),
      blocks: NaiveBlocks(operations), times: times)
  }

  @Test("Costs and series are those that readings of their own find", arguments: seeds)
  func sameAsApart(seed: UInt64) throws {
    let invented = try invented(seed)
    let groups = (0..<UInt32(invented.stacks)).map { Optional($0 % 4) }
    let survey = try invented.trace.survey(
      HeapQuery(),
      HeapSurvey.Question(
        series: HeapSeries.Question(groupOfStack: groups, groups: 4, windows: 5)),
      options: InventedTrace.sharing)
    let profile = try invented.trace.profile(HeapQuery(), options: InventedTrace.sharing)
    #expect(survey.profile.costs == profile.costs)
    #expect(survey.profile.totals == profile.totals)
    #expect(survey.profile.threads == profile.threads)
    #expect(survey.profile.timeline == profile.timeline)
    let series = try invented.trace.series(groupOfStack: groups, groups: 4, windows: 5)
    let found = try #require(survey.series)
    #expect(found.activity == series.activity)
    for (one, other) in zip(found.groups + [found.total], series.groups + [series.total]) {
      #expect(one.minimumBytes == other.minimumBytes)
      #expect(one.maximumBytes == other.maximumBytes)
      #expect(one.minimumBlocks == other.minimumBlocks)
      #expect(one.endAgeSeconds == other.endAgeSeconds)
      #expect(one.oldestKeptWindow == other.oldestKeptWindow)
      #expect(one.survivingBytes == other.survivingBytes)
    }
    #expect(survey.lives == nil)
  }

  @Test("Lives agree with the naive model", arguments: seeds) func lives(seed: UInt64) throws {
    let invented = try invented(seed)
    let groups = (0..<UInt32(invented.stacks)).map { $0 % 3 }
    let question = HeapSurvey.Question(
      lives: HeapLives.Question(groupOfStack: groups, groups: 3, intervals: 7))
    let lives = try #require(try invented.trace.survey(HeapQuery(), question).lives)
    func interval(_ place: Int) -> Int {
      min(6, Int(invented.times[place] / lives.widthNanoseconds))
    }
    struct Place: Hashable {
      let group: UInt32
      let birth: Int
      let death: Int
    }
    var expected: [Place: [Int]] = [:]
    for life in invented.blocks.lives {
      let place = Place(
        group: life.stack % 3, birth: interval(life.begin), death: life.end.map(interval) ?? 7)
      expected[place, default: []].append(life.size)
    }
    let rows = Dictionary(
      uniqueKeysWithValues: lives.rows.map {
        (Place(group: $0.group, birth: $0.birth, death: $0.death), [$0.blocks, $0.bytes])
      })
    #expect(rows == expected.mapValues { [$0.count, $0.reduce(0, +)] })
  }

  @Test(
    "The most that is live in an interval is what a query of its window finds", arguments: seeds)
  func peaks(seed: UInt64) throws {
    let invented = try invented(seed)
    let question = HeapSurvey.Question(
      lives: HeapLives.Question(
        groupOfStack: Array(repeating: 0, count: invented.stacks), groups: 1, intervals: 7))
    let lives = try #require(try invented.trace.survey(HeapQuery(), question).lives)
    #expect(lives.peaks.count == 7)
    for (interval, peak) in lives.peaks.enumerated() {
      var query = HeapQuery()
      query.choice = .present
      let start = UInt64(interval) * lives.widthNanoseconds
      query.window = start..<(start + lives.widthNanoseconds)
      let totals = try invented.trace.profile(query, options: InventedTrace.sharing).totals
      #expect(peak.bytes == totals.peakBytes, "interval \(interval)")
      #expect(peak.blocks == totals.peakAllocations, "interval \(interval)")
    }
  }

  @Test("Series of the same groups by other numbers are found again; of others they are not")
  func regrouped() throws {
    let invented = try invented(900)
    let fine = (0..<UInt32(invented.stacks)).map { Optional($0 % 4) }
    let question = HeapSeries.Question(groupOfStack: fine, groups: 4, windows: 5)
    let survey = try invented.trace.survey(HeapQuery(), HeapSurvey.Question(series: question))
    let series = try #require(survey.series)
    let turned = fine.map { $0.map { ($0 + 1) % 4 } }
    let found = try #require(
      series.regrouped(from: question, groupOfStack: turned, groups: 4))
    for group in 0..<4 {
      #expect(found.groups[(group + 1) % 4].maximumBytes == series.groups[group].maximumBytes)
    }
    let coarse = fine.map { $0.map { $0 / 2 } }
    #expect(series.regrouped(from: question, groupOfStack: coarse, groups: 2) == nil)
    let some = fine.map { $0 == 3 ? nil : $0 }
    #expect(series.regrouped(from: question, groupOfStack: some, groups: 3) == nil)
  }
}
