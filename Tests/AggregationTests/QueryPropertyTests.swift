import Aggregation
import HeapModel
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
    /// Whether any realloc failed.
    let hasRestores: Bool

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
    history.vanishing = seed.isMultiple(of: 3) ? 20 : 0
    let operations = history.operations(Int(random.next(250)) + 1)
    var builder = InventedTrace.builder(stacks: history.stacks)
    builder.appendRecords(TestRecords.exactOrder())
    builder.nanosecondsPerEvent = Self.step
    var times: [UInt64] = []
    var start = 0
    for part in RandomHistory.parts(of: operations, length: { 1 + Int(random.next(120)) }) {
      builder.appendBatch(part)
      // The clock of test batches goes on with every third event.
      times += part.indices.map { UInt64(start + $0 / 3 * 3) * Self.step }
      start += part.count
    }
    var bytes = builder.closed()
    // Half of the traces have an index: windows must not differ.
    if seed.isMultiple(of: 2) {
      bytes = IndexedTrace.adding(try IndexedTrace.index(of: bytes), to: bytes)
    }
    let file = try TraceFile(source: MemorySource(bytes))
    return Invented(
      trace: try HeapTrace(file, readsMarks: true), blocks: NaiveBlocks(operations),
      times: times,
      hasRestores: operations.contains { if case .restore = $0 { true } else { false } })
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
        let selection = try #require(
          try invented.trace.profile(query, options: InventedTrace.sharing).selection)
        return Dictionary(uniqueKeysWithValues: selection.rows.map { ($0.group, naive($0.cost)) })
      }
      // Stacks of invented traces have the numbers that they were given.
      #expect(try rows(.stack) == costs { UInt64($0.stack) }, "seed \(seed)")
      #expect(try rows(.thread) == costs { UInt64($0.thread) }, "seed \(seed)")
      #expect(try rows(.size) == costs { UInt64($0.size) }, "seed \(seed)")
      let groups = (0..<UInt32(invented.trace.stacks.count)).map { $0 % 3 }
      #expect(try rows(.groups(groups)) == costs { UInt64($0.stack % 3) }, "seed \(seed)")

      let profile = try invented.trace.profile(query, options: InventedTrace.sharing)
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

  @Test("Series agree with it in every window of time") func series() throws {
    for seed in 600..<640 as Range<UInt64> {
      var random = SplitMix(state: seed)
      let invented = try invented(seed, &random)
      let count = invented.times.count
      var query = HeapQuery()
      var range = 0..<count
      if random.next(3) > 0 {
        let first = invented.aligned(Int(random.next(UInt64(count))))
        let last = invented.aligned(first + Int(random.next(UInt64(count - first + 1))))
        guard first < last else { continue }
        range = first..<last
        query.window = invented.time(at: first)..<invented.time(at: last)
      }
      let threads: Set<UInt32>? = random.next(2) == 0 ? nil : [1, 3]
      query.threads = threads.map { Set($0.map(ThreadID.init(rawValue:))) }
      if random.next(3) == 0 { query.sizes = 0...Int(random.next(4000)) }
      let groups = (0..<UInt32(invented.trace.stacks.count)).map { $0 % 4 == 3 ? nil : $0 % 4 }
      let windows = Int(random.next(7)) + 1
      let found = try invented.trace.series(
        query, groupOfStack: groups, groups: 3, windows: windows
      ).groups
      let end = min(query.window.upperBound, invented.trace.durationNanoseconds)
      let width = (end - query.window.lowerBound) / UInt64(windows) + 1

      for (group, series) in found.enumerated() {
        let lives = invented.blocks.lives.filter {
          $0.stack % 4 == group && threads?.contains($0.thread) ?? true
            && query.sizes?.contains($0.size) ?? true
        }
        let ends = Set(lives.compactMap(\.end))
        func live(after place: Int) -> [NaiveBlocks.Life] {
          lives.filter { $0.begin <= place && $0.end ?? .max > place }
        }
        #expect(series.windowNanoseconds == width)
        for window in 0..<windows {
          let start = query.window.lowerBound + UInt64(window) * width
          let places = range.filter {
            invented.times[$0] >= start
              && (window + 1 == windows || invented.times[$0] < start + width)
          }
          let before = range.lowerBound + range.count { invented.times[$0] < start } - 1
          let states = ([before] + places).map(live)
          let sums = states.map { $0.reduce(0) { $0 + $1.size } }
          #expect(series.maximumBytes[window] == sums.max(), "seed \(seed) window \(window)")
          // The end that a failed realloc takes back is no end to the naive model.
          guard !invented.hasRestores else { continue }
          // Between a realloc's two events nothing counts as gone, unless a batch ends there.
          let replacing = Set(
            invented.blocks.lives.filter { $0.origin != .fresh }.map { $0.begin - 1 })
          let steady = ([before] + places).filter { $0 == before || !replacing.contains($0) }
          let steadySums = steady.map { live(after: $0).reduce(0) { $0 + $1.size } }
          // A block that another one displaces is gone before that is there.
          let displaced = places.filter { ends.contains($0) }.map { place in
            live(after: place).filter { $0.begin < place }
          }
          let lowest = (states + displaced).map { $0.reduce(0) { $0 + $1.size } }.min() ?? 0
          let least = lowest...(steadySums.min() ?? 0)
          #expect(least.contains(series.minimumBytes[window]), "seed \(seed) window \(window)")
          let blocks = steady.map { live(after: $0).count }
          let fewest = ((states + displaced).map(\.count).min() ?? 0)...(blocks.min() ?? 0)
          #expect(fewest.contains(series.minimumBlocks[window]), "seed \(seed)")
        }
        let present = lives.filter {
          $0.begin < range.upperBound && $0.end ?? .max >= range.lowerBound
        }
        let survivors = present.filter { $0.end ?? .max >= range.upperBound }
        #expect(series.allocations == present.count, "seed \(seed)")
        #expect(series.allocatedBytes == present.reduce(0) { $0 + $1.size }, "seed \(seed)")
        #expect(series.survivors == survivors.count, "seed \(seed)")
        #expect(series.survivingBytes == survivors.reduce(0) { $0 + $1.size }, "seed \(seed)")
        let ages = survivors.map { end - min(end, invented.times[$0.begin]) }
        #expect(series.oldestAgeNanoseconds == ages.max() ?? 0, "seed \(seed)")
        let births = present.filter { range.contains($0.begin) }.map { life in
          min(windows - 1, Int((invented.times[life.begin] - query.window.lowerBound) / width))
        }
        #expect(series.lastBirthWindow == births.max() ?? -1, "seed \(seed)")
      }
    }
  }

  @Test("A query for every block says what the quick replay says") func unfiltered() throws {
    for seed in 400..<440 as Range<UInt64> {
      var random = SplitMix(state: seed)
      let invented = try invented(seed, &random)
      let quick = try HeapProfile.load(invented.trace.file)
      var query = HeapQuery()
      query.choice = random.next(2) == 0 ? .allocated : .present
      let profile = try invented.trace.profile(query, options: InventedTrace.sharing)
      #expect(InventedTrace.costs(profile) == InventedTrace.costs(quick), "seed \(seed)")
      let threads = profile.threads.map { thread in
        var thread = thread
        thread.costs = thread.costs.asTheQuickReplayKnowsThem
        thread.sizes = SizeExtent()
        // Who replaced a block is no question of threads for it.
        thread.supersededBlocks = 0
        return thread
      }
      #expect(threads == quick.threads, "seed \(seed)")
      #expect(profile.timeline == quick.timeline, "seed \(seed)")
      #expect(profile.damage == quick.damage)
      #expect(profile.marks == quick.marks)
      #expect(profile.marks == invented.trace.marks)
      #expect(
        profile.process.durationNanoseconds == invented.trace.durationNanoseconds, "seed \(seed)")
      var totals = profile.totals
      totals.costs = totals.costs.asTheQuickReplayKnowsThem
      totals.sizes = SizeExtent()
      totals.liveSizes = SizeExtent()
      totals.leakedSizes = SizeExtent()
      #expect(totals == quick.totals, "seed \(seed)")
    }
  }
}

extension Costs {
  /// Without what only the life of each block tells.
  fileprivate var asTheQuickReplayKnowsThem: Costs {
    var costs = self
    costs.ownPeakAllocations = 0
    costs.ownPeakBytes = 0
    costs.movedAllocations = 0
    costs.resizedAllocations = 0
    costs.shortLivedAllocations = 0
    costs.wastedBytes = 0
    costs.copiedBytes = 0
    return costs
  }
}
