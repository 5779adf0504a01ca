import Aggregation
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

/// Queries about random programs against the slow, obvious model.
@Suite("Queries against the naive model") struct QueryPropertyTests {
  /// So long that a release of an unknown block waits for a few events only.
  private static let step: UInt64 = 1 << 28

  private struct Invented {
    let trace: HeapTrace
    let blocks: NaiveBlocks
    /// Of each operation, by the coarse clock.
    let times: [UInt64]

    /// The first operation that has the same time as one.
    func aligned(_ place: Int) -> Int {
      place == times.count ? place : times.firstIndex(of: times[place]) ?? 0
    }

    func time(at place: Int) -> UInt64 {
      place == times.count ? UInt64(place) * step : times[place]
    }
  }

  private func invented(_ seed: UInt64, _ random: inout SplitMix) throws -> Invented {
    var history = RandomHistory(seed: seed)
    history.threads = UInt32(random.next(5)) + 1
    history.addresses = 10 + random.next(100)
    let operations = history.operations(Int(random.next(250)) + 1)
    var builder = InventedTrace.builder(stacks: history.stacks)
    builder.nanosecondsPerEvent = Self.step
    var times: [UInt64] = []
    var start = 0
    while start < operations.count {
      let end = min(operations.count, start + 1 + Int(random.next(120)))
      builder.appendBatch(Array(operations[start..<end]))
      // The clock of test batches goes on with every third event.
      times += (start..<end).map { UInt64(start + ($0 - start) / 3 * 3) * Self.step }
      start = end
    }
    var bytes = builder.closed()
    // Half of the traces have an index: windows must not differ.
    if seed.isMultiple(of: 2) { bytes += try IndexedTrace.index(of: bytes) }
    let file = try TraceFile(source: MemorySource(bytes))
    return Invented(
      trace: try HeapTrace(file, readsMarks: true), blocks: NaiveBlocks(operations),
      times: times)
  }

  private func naive(_ cost: StackCost) -> NaiveBlocks.Cost {
    var result = NaiveBlocks.Cost()
    result.allocations = cost.allocations
    result.bytes = cost.allocatedBytes
    result.temporaries = cost.temporaryAllocations
    result.shortLived = cost.shortLivedAllocations
    result.moved = cost.movedAllocations
    result.resized = cost.resizedAllocations
    result.wasted = cost.wastedBytes
    result.copied = cost.copiedBytes
    result.liveBlocks = cost.liveAllocations
    result.liveBytes = cost.liveBytes
    result.leakedBlocks = cost.leakedAllocations
    result.leakedBytes = cost.leakedBytes
    result.peakBlocks = cost.peakAllocations
    result.peakBytes = cost.peakBytes
    result.ownPeakBlocks = cost.ownPeakAllocations
    result.ownPeakBytes = cost.ownPeakBytes
    return result
  }

  private func isChosen(
    _ life: NaiveBlocks.Life, _ choice: HeapQuery.Choice, _ window: Range<Int>
  ) -> Bool {
    let isLiveAtEnd = life.begin < window.upperBound && life.end ?? .max >= window.upperBound
    return switch choice {
    case .allocated: window.contains(life.begin)
    case .live: isLiveAtEnd
    case .retained: isLiveAtEnd && life.begin >= window.lowerBound
    case .freed: life.end.map(window.contains) ?? false
    case .present: life.begin < window.upperBound && life.end ?? .max >= window.lowerBound
    }
  }

  @Test("Every choice, window and grouping agrees with it", arguments: HeapQuery.Choice.allCases)
  func agree(choice: HeapQuery.Choice) throws {
    for seed in 0..<20 as Range<UInt64> {
      var random = SplitMix(state: seed ^ 0x51ab)
      let invented = try invented(seed, &random)
      var query = HeapQuery()
      query.choice = choice
      let count = invented.times.count
      var window = 0..<count
      if random.next(4) > 0 {
        let first = invented.aligned(Int(random.next(UInt64(count))))
        let last = invented.aligned(first + Int(random.next(UInt64(count - first + 1))))
        window = first..<last
        query.window = invented.time(at: first)..<invented.time(at: last)
      }
      let threads: Set<UInt32>? = random.next(2) == 0 ? nil : [1, 3]
      query.threads = threads.map { Set($0.map(ThreadID.init(rawValue:))) }
      if random.next(3) == 0 { query.sizes = 0...Int(random.next(4000)) }
      if random.next(3) == 0 {
        query.stacks = (0..<invented.trace.stacks.count).map { $0.isMultiple(of: 2) }
      }
      query.shortLifeNanoseconds = random.next(30) * Self.step

      func isWanted(_ life: NaiveBlocks.Life) -> Bool {
        isChosen(life, choice, window) && threads?.contains(life.thread) ?? true
          && query.sizes?.contains(life.size) ?? true
          && (query.stacks == nil || life.stack.isMultiple(of: 2))
      }
      func costs<Key: Hashable>(by key: (NaiveBlocks.Life) -> Key) -> [Key: NaiveBlocks.Cost] {
        var costs = invented.blocks.costs(
          where: isWanted, window: window,
          hasRunningPeak: choice == .allocated || choice == .present,
          isShort: { invented.times[$1] - invented.times[$0] < query.shortLifeNanoseconds },
          by: key)
        guard choice == .live || choice == .retained else { return costs }
        for key in costs.keys {
          guard let cost = costs[key] else { continue }
          costs[key]?.peakBlocks = cost.liveBlocks
          costs[key]?.peakBytes = cost.liveBytes
          costs[key]?.ownPeakBlocks = cost.liveBlocks
          costs[key]?.ownPeakBytes = cost.liveBytes
        }
        return costs
      }
      func rows(_ grouping: HeapQuery.Grouping) throws -> [UInt64: NaiveBlocks.Cost] {
        var query = query
        query.grouping = grouping
        let selection = try #require(try invented.trace.profile(query).selection)
        return Dictionary(uniqueKeysWithValues: selection.rows.map { ($0.group, naive($0.cost)) })
      }
      // Stacks of invented traces have the numbers that they were given.
      #expect(try rows(.stack) == costs { UInt64($0.stack) }, "seed \(seed)")
      #expect(try rows(.thread) == costs { UInt64($0.thread) }, "seed \(seed)")
      #expect(try rows(.size) == costs { UInt64($0.size) }, "seed \(seed)")
      let groups = (0..<UInt32(invented.trace.stacks.count)).map { $0 % 3 }
      #expect(try rows(.groups(groups)) == costs { UInt64($0.stack % 3) }, "seed \(seed)")

      let profile = try invented.trace.profile(query)
      let all = costs { _ in 0 }[0] ?? NaiveBlocks.Cost()
      #expect(profile.totals.allocations == all.allocations, "seed \(seed)")
      #expect(profile.totals.peakBytes == all.peakBytes, "seed \(seed)")
      #expect(profile.totals.peakAllocations == all.peakBlocks, "seed \(seed)")
      #expect(profile.totals.liveBytes == all.liveBytes, "seed \(seed)")
      #expect(profile.totals.shortLivedAllocations == all.shortLived, "seed \(seed)")
      #expect(profile.totals.wastedBytes == all.wasted, "seed \(seed)")
      #expect(profile.totals.copiedBytes == all.copied, "seed \(seed)")
      let selection = try #require(profile.selection)
      #expect(selection.sizes.bars.reduce(0) { $0 + $1.blocks } == all.allocations)
      #expect(selection.sizes.bars.reduce(0) { $0 + $1.liveBytes } == all.liveBytes)
      #expect(
        selection.lifetimes.bars.reduce(0) { $0 + $1.blocks } == all.allocations - all.leakedBlocks)
      if choice == .allocated || choice == .present {
        #expect(profile.timeline.map(\.maximumBytes).max() ?? 0 == all.peakBytes, "seed \(seed)")
      }
      let bytes = profile.threads.reduce(0) { $0 + $1.allocatedBytes }
      #expect(bytes == all.bytes)
    }
  }

  @Test("A query for every block says what the quick replay says") func unfiltered() throws {
    for seed in 400..<440 as Range<UInt64> {
      var random = SplitMix(state: seed)
      let invented = try invented(seed, &random)
      let quick = try HeapProfile.load(invented.trace.file)
      var query = HeapQuery()
      query.choice = random.next(2) == 0 ? .allocated : .present
      let profile = try invented.trace.profile(query)
      #expect(InventedTrace.costs(profile) == InventedTrace.costs(quick), "seed \(seed)")
      #expect(profile.threads == quick.threads, "seed \(seed)")
      #expect(profile.timeline == quick.timeline, "seed \(seed)")
      #expect(profile.damage == quick.damage)
      #expect(profile.marks == quick.marks)
      #expect(profile.marks == invented.trace.marks)
      #expect(
        profile.process.durationNanoseconds == invented.trace.durationNanoseconds, "seed \(seed)")
      var totals = profile.totals
      totals.movedAllocations = 0
      totals.resizedAllocations = 0
      totals.shortLivedAllocations = 0
      totals.wastedBytes = 0
      totals.copiedBytes = 0
      #expect(totals == quick.totals, "seed \(seed)")
    }
  }
}
