import Aggregation
import TraceInput
import TraceTestSupport
import Testing

/// Random programs, encoded in every way a trace can hold them, against the naive model.
@Suite("Replay against the naive model") struct ReplayPropertyTests {
  @Test("Batches of all sizes agree with it") func batches() throws {
    for seed in 0..<60 as Range<UInt64> {
      var random = SplitMix(state: seed ^ 0xabcd)
      var history = RandomHistory(seed: seed)
      history.threads = UInt32(random.next(5)) + 1
      history.addresses = 10 + random.next(300)
      history.spacing = 16 << random.next(11)
      let operations = history.operations(Int(random.next(3000)) + 1)
      var builder = InventedTrace.builder(stacks: history.stacks)
      builder.isCompressed = seed.isMultiple(of: 2)
      var start = 0
      while start < operations.count {
        let end = min(operations.count, start + 1 + Int(random.next(700)))
        builder.appendBatch(Array(operations[start..<end]))
        start = end
      }
      let profile = try InventedTrace.profile(builder.closed())
      expect(profile, equals: NaiveHeap(operations), seed: seed)
      #expect(profile.damage == [], "seed \(seed)")
      #expect(
        profile.marks.count == operations.count { if case .mark = $0 { true } else { false } })
    }
  }

  @Test("Batches so large that threads share their blocks agree with it") func shared() throws {
    for seed in 300..<304 as Range<UInt64> {
      var history = RandomHistory(seed: seed)
      history.addresses = 16_000
      history.spacing = 48
      let operations = history.operations(40_000)
      var builder = InventedTrace.builder(stacks: history.stacks)
      for start in stride(from: 0, to: operations.count, by: 10_000) {
        builder.appendBatch(Array(operations[start..<min(operations.count, start + 10_000)]))
      }
      let profile = try InventedTrace.profile(builder.closed())
      expect(profile, equals: NaiveHeap(operations), seed: seed)
      #expect(profile.damage == [], "seed \(seed)")
    }
  }

  @Test("Blocks whose address is allocated again agree with it") func vanishing() throws {
    for seed in 400..<460 as Range<UInt64> {
      var random = SplitMix(state: seed)
      var history = RandomHistory(seed: seed)
      history.vanishing = 20
      history.threads = UInt32(random.next(4)) + 1
      history.addresses = 10 + random.next(300)
      let operations = history.operations(Int(random.next(2000)) + 1)
      var builder = InventedTrace.builder(stacks: history.stacks)
      builder.appendRecords(TestRecords.exactOrder())
      for part in RandomHistory.parts(of: operations, length: { Int(random.next(700)) + 1 }) {
        builder.appendBatch(part)
      }
      let profile = try InventedTrace.profile(builder.closed())
      expect(profile, equals: NaiveHeap(operations), seed: seed)
      #expect(profile.damage == [], "seed \(seed)")
      #expect(
        profile.totals.supersededBlocks
          == profile.totals.allocations - profile.totals.frees + profile.totals.unknownFrees
          - profile.totals.leakedAllocations, "seed \(seed)")
    }
  }

  @Test("Raw chunks agree with it") func raw() throws {
    for seed in 100..<140 as Range<UInt64> {
      var random = SplitMix(state: seed)
      var history = RandomHistory(seed: seed)
      history.threads = UInt32(random.next(4)) + 1
      let operations = history.operations(Int(random.next(1500)) + 1)
      var builder = InventedTrace.builder(stacks: history.stacks)
      var encoder = TestRawEncoder(isShared: history.threads > 1)
      var start = 0
      while start < operations.count {
        let end = min(operations.count, start + 1 + Int(random.next(400)))
        builder.appendRaw(runs(operations[start..<end], &encoder))
        start = end
      }
      let profile = try InventedTrace.profile(builder.closed())
      expect(profile, equals: NaiveHeap(operations), seed: seed)
      #expect(profile.damage == [], "seed \(seed)")
    }
  }

  @Test("A killed program's trace agrees with it") func killed() throws {
    for seed in 200..<240 as Range<UInt64> {
      var random = SplitMix(state: seed)
      var history = RandomHistory(seed: seed)
      history.threads = UInt32(random.next(3)) + 1
      let operations = history.operations(Int(random.next(900)) + 30)
      // The first part stands in chunks, the next in two staging areas, the rest in one ring: only
      // one thread's words can be there without losing the order of the history.
      let first = Int(random.next(UInt64(operations.count)))
      let second = first + Int(random.next(UInt64(operations.count - first)))
      var tail = operations.count
      while tail > second, operations[tail - 1].thread == operations[operations.count - 1].thread {
        tail -= 1
      }
      var builder = InventedTrace.builder(stacks: history.stacks)
      if first > 0 { builder.appendBatch(Array(operations[..<first])) }
      var encoder = TestRawEncoder(isShared: true)
      for operation in operations[..<first] { _ = encoder.encode(operation) }
      var live = TestLiveRegion()
      let staged = first > 0 ? 2 : 1
      let middle = runs(operations[first..<second], &encoder)
      let late = runs(operations[second..<tail], &encoder)
      // A staging area that a chunk already holds must not be read again.
      live.stagings = [(UInt64(staged), middle), (UInt64(staged + 1), late)]
      let words = operations[tail...].flatMap { encoder.encode($0) }
      if let last = operations.last {
        let ring = TestLiveRegion.Ring(thread: last.thread, tail: 900, words: words)
        // Behind rings of threads that left nothing, some of them large; or large itself.
        let others = (0..<random.next(4)).map {
          TestLiveRegion.Ring(thread: 90 + UInt32($0), words: [])
        }
        live.rings = others + [ring]
        live.largeSlots = Int(random.next(6))
      }
      let profile = try InventedTrace.profile(builder.open(live: live))
      expect(profile, equals: NaiveHeap(operations), seed: seed)
      #expect(profile.damage == [], "seed \(seed)")
      #expect(!profile.process.isClosed)
    }
  }

  @Test("Blocks keep their numbers when a thread's sequence has come round") func wrappedSequence()
    throws
  {
    var builder = InventedTrace.builder(stacks: 2)
    builder.appendBatch([.allocate(thread: 1, address: 0x1000, size: 10, stack: 1)])
    builder.sequences[1] = 0  // 2^32 blocks later
    builder.appendBatch([.allocate(thread: 1, address: 0x2000, size: 20, stack: 2)])
    builder.appendBatch([
      .release(thread: 1, address: 0x1000), .release(thread: 1, address: 0x2000),
    ])
    var released: [UInt64] = []
    let file = try TraceFile(source: MemorySource(builder.closed()))
    try HeapEvents(file).forEach { event in
      if event.kind == .release { released.append(event.block) }
      return true
    }
    #expect(released == [1, 2])
  }

  @Test("The listed events add up to it") func events() throws {
    for seed in 300..<320 as Range<UInt64> {
      var history = RandomHistory(seed: seed)
      let operations = history.operations(800)
      var builder = InventedTrace.builder(stacks: history.stacks)
      for start in stride(from: 0, to: operations.count, by: 170) {
        builder.appendBatch(Array(operations[start...].prefix(170)))
      }
      let file = try TraceFile(source: MemorySource(builder.closed()))
      let events = try HeapEvents(file)
      var live: [UInt64: Int] = [:]
      var undone = 0
      var allocations = 0
      var lastTime: UInt64 = 0
      try events.forEach { event in
        #expect(event.timeNanoseconds >= lastTime)
        lastTime = event.timeNanoseconds
        switch event.kind {
        case .allocate, .reallocateMoved, .reallocateInPlace:
          allocations += 1
          #expect(event.block == UInt64(allocations))
          live[event.block] = event.sizeBytes
        case .release where event.block != 0:
          #expect(live.removeValue(forKey: event.block) == event.sizeBytes)
        case .release: break
        case .restore: undone += 1
        }
        return true
      }
      let naive = NaiveHeap(operations)
      #expect(allocations == naive.allocations)
      #expect(live.count == naive.liveBlocks, "seed \(seed)")
      #expect(live.values.reduce(0, +) == naive.liveBytes)
      #expect(undone == operations.count { if case .restore = $0 { true } else { false } })
    }
  }

  /// Runs of consecutive operations of one thread, as the writer takes them from the rings.
  private func runs(
    _ operations: ArraySlice<TestOperation>, _ encoder: inout TestRawEncoder
  ) -> [UInt64] {
    var result: [UInt64] = []
    var words: [UInt64] = []
    for (index, operation) in operations.enumerated() {
      words += encoder.encode(operation)
      let next = operations.startIndex + index + 1
      guard next == operations.endIndex || operations[next].thread != operation.thread else {
        continue
      }
      // Slots far from the ring's, so that positions cannot hide the ring's words.
      result += TestRawEncoder.run(
        thread: operation.thread, slot: 100 + operation.thread, position: 0, words)
      words = []
    }
    return result
  }

  private func expect(
    _ profile: HeapProfile, equals naive: NaiveHeap, seed: UInt64
  ) {
    let totals = profile.totals
    #expect(totals.allocations == naive.allocations, "seed \(seed)")
    #expect(totals.reallocations == naive.reallocations, "seed \(seed)")
    #expect(totals.frees == naive.frees, "seed \(seed)")
    #expect(totals.unknownFrees == naive.unknownFrees, "seed \(seed)")
    #expect(totals.allocatedBytes == naive.allocatedBytes, "seed \(seed)")
    #expect(totals.temporaryAllocations == naive.temporaries, "seed \(seed)")
    #expect(totals.peakBytes == naive.peakBytes, "seed \(seed)")
    #expect(totals.peakAllocations == naive.peakBlocks, "seed \(seed)")
    #expect(totals.leakedAllocations == naive.liveBlocks, "seed \(seed)")
    #expect(totals.leakedBytes == naive.liveBytes, "seed \(seed)")
    #expect(InventedTrace.costs(profile) == naive.costs, "seed \(seed)")
    for thread in profile.threads {
      let expected = naive.threads[thread.id.rawValue] ?? NaiveHeap.Cost()
      #expect(thread.allocations == expected.allocations, "seed \(seed)")
      #expect(thread.allocatedBytes == expected.bytes, "seed \(seed)")
      #expect(thread.temporaryAllocations == expected.temporaries, "seed \(seed)")
      #expect(thread.leakedAllocations == expected.liveBlocks, "seed \(seed)")
      #expect(thread.leakedBytes == expected.liveBytes, "seed \(seed)")
      #expect(thread.frees == naive.threadFrees[thread.id.rawValue] ?? 0, "seed \(seed)")
    }
    let timeline = profile.timeline
    #expect(timeline.reduce(0) { $0 + $1.allocations } == naive.allocations)
    #expect(timeline.reduce(0) { $0 + $1.allocatedBytes } == naive.allocatedBytes)
    #expect(timeline.map(\.maximumBytes).max() ?? 0 == naive.peakBytes)
    #expect(timeline.last?.liveBytes ?? 0 == naive.liveBytes)
    #expect(timeline.count <= 100)
  }
}
