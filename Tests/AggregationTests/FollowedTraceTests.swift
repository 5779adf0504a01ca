import Aggregation
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

/// A trace that grows, followed, against the same trace read whole at each moment.
@Suite("A trace that is being recorded") struct FollowedTraceTests {
  /// A history as a trace at several moments: what a chunk holds by then, and what still stood in
  /// staging areas and in a ring.
  private struct Moments {
    var traces: [[UInt8]] = []
    var closed: [UInt8] = []

    init(_ history: RandomHistory, operations count: Int, _ random: inout SplitMix) {
      var history = history
      let operations = history.operations(count)
      var builder = InventedTrace.builder(stacks: history.stacks)
      var encoder = TestRawEncoder(isShared: history.threads > 1)
      var batch: UInt64 = 0
      var rest = operations[...]
      while !rest.isEmpty {
        // Looked at twice before the words are in a chunk, most of the time.
        for _ in 0..<random.next(3) {
          let words = Int(random.next(UInt64(min(rest.count, 300)))) + 1
          traces.append(
            builder.open(live: Self.live(rest.prefix(words), after: batch, encoder, &random)))
        }
        let part = rest.prefix(Int(random.next(400)) + 1)
        batch += 1
        builder.appendBatch(Array(part))
        for operation in part { _ = encoder.encode(operation) }
        rest = rest.dropFirst(part.count)
      }
      closed = builder.closed()
    }

    private static func live(
      _ operations: ArraySlice<TestOperation>, after batch: UInt64, _ encoder: TestRawEncoder,
      _ random: inout SplitMix
    ) -> TestLiveRegion {
      var encoder = encoder
      var live = TestLiveRegion()
      let staged = operations.prefix(Int(random.next(UInt64(operations.count))))
      var last = operations.dropFirst(staged.count)
      last = last.prefix { $0.thread == last.first?.thread }
      var words: [UInt64] = []
      for operation in staged {
        words += TestRawEncoder.run(
          thread: operation.thread, slot: 100 + operation.thread, position: 0,
          encoder.encode(operation))
      }
      // The first has the events of the last chunk, still.
      live.stagings = [(max(1, batch), []), (batch + 1, words)]
      if let thread = last.first?.thread {
        live.rings = [
          TestLiveRegion.Ring(
            thread: thread, tail: 40, words: last.flatMap { encoder.encode($0) })
        ]
      }
      live.clockNanoseconds = 1
      return live
    }
  }

  private func file(_ bytes: [UInt8]) throws -> TraceFile {
    try TraceFile(source: MemorySource(bytes))
  }

  private func expect(
    _ follower: FollowedTrace, equals bytes: [UInt8], _ place: String
  ) throws {
    let whole = try InventedTrace.profile(bytes)
    #expect(follower.now.totals.costs == whole.totals.costs, "\(place)")
    #expect(follower.now.totals.unknownFrees == whole.totals.unknownFrees, "\(place)")
    #expect(follower.now.timeNanoseconds == whole.process.durationNanoseconds, "\(place)")
    let profile = try follower.profile()
    #expect(profile.totals == whole.totals, "\(place)")
    #expect(InventedTrace.costs(profile) == InventedTrace.costs(whole), "\(place)")
    #expect(profile.timeline == whole.timeline, "\(place)")
    #expect(
      profile.threads.map(\.allocatedBytes) == whole.threads.map(\.allocatedBytes), "\(place)")
    #expect(profile.damage == whole.damage, "\(place)")
  }

  @Test("Each moment has the figures of the trace as it stood then") func moments() throws {
    var looks = 0
    for seed in 0..<60 as Range<UInt64> {
      var random = SplitMix(state: seed ^ 0x22)
      var history = RandomHistory(seed: seed)
      history.threads = UInt32(random.next(4)) + 1
      history.addresses = 10 + random.next(300)
      history.vanishing = seed.isMultiple(of: 3) ? 15 : 0
      let moments = Moments(history, operations: Int(random.next(2500)) + 50, &random)
      let first = moments.traces.first ?? moments.closed
      var options = InventedTrace.sharing
      options.timelinePoints = 100
      let follower = try FollowedTrace(file(first), path: "invented", options: options)
      for (number, bytes) in (moments.traces.dropFirst() + [moments.closed]).enumerated() {
        try follower.step(to: file(bytes))
        // Not at each step: a moment must leave no trace in the next.
        if random.next(3) > 0 { try expect(follower, equals: bytes, "\(seed), \(number)") }
        looks += 1
      }
      try expect(follower, equals: moments.closed, "seed \(seed), the end")
      #expect(follower.isOver && follower.now.state == .ended)
    }
    #expect(looks > 300)
  }

  @Test("Nothing is read twice, and a chunk that is half written is waited for") func halfWritten()
    throws
  {
    var builder = InventedTrace.builder(stacks: 1)
    builder.appendBatch([.allocate(thread: 1, address: 0x1000, size: 100, stack: 1)])
    let first = builder.chunkEnd
    builder.appendBatch([.allocate(thread: 1, address: 0x2000, size: 50, stack: 1)])
    let whole = builder.closed()
    let follower = try FollowedTrace(file(Array(whole.prefix(first + 30))), path: "invented")
    #expect(follower.now.totals.liveBytes == 100)
    try follower.step(to: file(whole))
    #expect(follower.now.totals.liveBytes == 150)
    try follower.step(to: file(whole))
    #expect(follower.now.totals.allocations == 2)
  }

  @Test("Another trace at the path ends it") func replaced() throws {
    var builder = InventedTrace.builder(stacks: 1)
    builder.appendBatch([.allocate(thread: 1, address: 0x1000, size: 100, stack: 1)])
    let follower = try FollowedTrace(
      file(builder.open(live: TestLiveRegion())), path: "invented")
    #expect(!follower.isOver)
    builder.header.pid = 99
    try follower.step(to: file(builder.closed()))
    #expect(follower.isOver && follower.now.state == .replaced)
    #expect(follower.now.totals.liveBytes == 100)
  }
}
