import Aggregation
import CTraceFormat
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

/// No bytes whatever may crash the reader, and none may make it report a wrong number as a right
/// one: what is wrong is an error or stands in the damage list.
@Suite("Damaged traces") struct DamageTests {
  private let operations: [TestOperation]
  private let batches: Int

  init() {
    var history = RandomHistory(seed: 5)
    history.threads = 2
    operations = history.operations(160)
    batches = 4
  }

  private func builder() -> TraceBuilder {
    var builder = InventedTrace.builder(stacks: 7)
    builder.appendRecords(
      TestRecords.text(MT_RECORD_EXECUTABLE, "/usr/bin/invented")
        + TestRecords.moduleLoad(id: 1, range: 0x40_0000..<0x41_0000, path: "/usr/bin/invented"))
    for start in stride(from: 0, to: operations.count, by: operations.count / batches) {
      builder.appendBatch(Array(operations[start...].prefix(operations.count / batches)))
    }
    builder.appendRecords(TestRecords.end(MT_END_EXIT, status: 0, timeNanoseconds: 1 << 30))
    return builder
  }

  private func opened() -> [UInt8] {
    var live = TestLiveRegion()
    var encoder = TestRawEncoder()
    let words = [
      TestOperation.allocate(thread: 1, address: 0x7000, size: 8, stack: 1),
      .release(thread: 1, address: 0x7000),
    ].flatMap { encoder.encode($0) }
    live.stagings = [(9, TestRawEncoder.run(thread: 1, slot: 0, position: 0, words))]
    live.rings = [TestLiveRegion.Ring(thread: 2, words: words)]
    return builder().open(live: live, hole: 64)
  }

  /// The profile or the error, of bytes that may be anything.
  private func read(_ bytes: [UInt8]) -> Result<HeapProfile, TraceError> {
    do throws(TraceError) {
      return .success(
        try HeapProfile.load(try TraceFile(source: MemorySource(bytes, name: "t"))))
    } catch {
      return .failure(error)
    }
  }

  @Test("A closed trace cut anywhere is an error or says what is missing")
  func truncated() throws {
    let whole = builder().closed()
    let sound = try read(whole).get()
    #expect(sound.damage == [])
    for length in 0..<whole.count {
      switch read(Array(whole.prefix(length))) {
      case .failure(let error):
        #expect(length < 4096)
        #expect(
          error.kind == .truncated || error.kind == .notATrace, "\(length) bytes: \(error)")
      case .success(let profile):
        // The padding behind the last chunk holds nothing.
        let isWhole = whole.count - length < 8 && profile.totals == sound.totals
        #expect(!profile.damage.isEmpty || isWhole, "\(length) bytes")
        #expect(profile.totals.allocations <= sound.totals.allocations)
      }
    }
  }

  @Test("Any flipped byte of a chunk is found")
  func flippedBytes() throws {
    let whole = builder().closed()
    let sound = try read(whole).get()
    for place in 4096..<whole.count {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 8)
      let profile = try read(bytes).get()
      // Only padding between chunks carries no meaning.
      if profile.damage.isEmpty {
        #expect(profile.totals == sound.totals, "byte \(place)")
        #expect(profile.costs == sound.costs, "byte \(place)")
      } else {
        #expect(
          profile.damage.contains { Int($0.offset) <= place || $0.cause.contains("missing") },
          "byte \(place): \(profile.damage)")
      }
    }
  }

  @Test("A lost chunk of events is named by its batch, and the rest counts")
  func lostBatch() throws {
    let whole = builder().closed()
    var walker = ChunkWalker(try TraceFile(source: MemorySource(whole)))
    var events: [TraceChunk] = []
    while let chunk = try walker.next() { if chunk.kind == .events { events.append(chunk) } }
    try #require(events.count == batches)
    var bytes = whole
    bytes[Int(events[1].payloadOffset) + 3] ^= 0xff
    let profile = try read(bytes).get()
    #expect(profile.damage.first?.offset == events[1].offset)
    #expect(profile.damage.contains { $0.cause.contains("event batches 2 to 2") })
    let size = operations.count / batches
    let allocations = operations.enumerated().count { index, operation in
      guard case .allocate = operation else { return false }
      return index / size != 1
    }
    #expect(profile.totals.allocations == allocations)
  }

  @Test("Random damage of open and closed traces never crashes the reader")
  func randomDamage() {
    var random = SplitMix(state: 99)
    for whole in [builder().closed(), opened()] {
      for _ in 0..<1500 {
        var bytes = whole
        for _ in 0...random.next(6) {
          let place = Int(random.next(UInt64(bytes.count)))
          bytes[place] = UInt8(truncatingIfNeeded: random.next())
        }
        if random.next(4) == 0 { bytes.removeLast(Int(random.next(UInt64(bytes.count)))) }
        _ = read(bytes)
      }
    }
  }

  @Test("Damaged payloads with right checksums never crash the reader")
  func hostilePayloads() throws {
    let whole = builder().closed()
    let file = try TraceFile(source: MemorySource(whole))
    var walker = ChunkWalker(file)
    let reader = PayloadReader()
    var payloads: [(type: mt_chunk_type, bytes: [UInt8])] = []
    while let chunk = try walker.next() {
      let type =
        chunk.kind == .events
        ? MT_CHUNK_EVENTS : chunk.kind == .stacks ? MT_CHUNK_STACKS : MT_CHUNK_RECORDS
      payloads.append((type, Array(try reader.read(chunk, of: file.source))))
    }
    var raw = ByteWriter()
    var encoder = TestRawEncoder()
    let words = operations.flatMap { encoder.encode($0) }
    for word in TestRawEncoder.run(thread: 1, slot: 0, position: 0, words) { raw.append(word) }
    payloads.append((MT_CHUNK_RAW, raw.bytes))
    var random = SplitMix(state: 7)
    for _ in 0..<3000 {
      var hostile = TraceBuilder()
      hostile.isCompressed = false
      for (type, payload) in payloads {
        var bytes = payload
        for _ in 0...random.next(3) where random.next(2) == 0 {
          bytes[Int(random.next(UInt64(bytes.count)))] = UInt8(truncatingIfNeeded: random.next())
        }
        hostile.appendChunk(type, bytes)
      }
      _ = read(hostile.closed())
    }
  }

  @Test("Stacks that call themselves, or nobody, become unknown frames and are reported")
  func cyclicStacks() throws {
    var builder = TraceBuilder()
    builder.appendStacks([
      (id: 1, parent: 2, programCounter: 0x1000), (id: 2, parent: 3, programCounter: 0x2000),
      (id: 3, parent: 1, programCounter: 0x3000), (id: 4, parent: 4, programCounter: 0x4000),
      (id: 5, parent: 77, programCounter: 0x5000),
    ])
    builder.appendBatch(
      (1...6).map {
        .allocate(thread: 1, address: UInt64($0) * 64, size: 10, stack: $0)
      })
    let profile = try read(builder.closed()).get()
    #expect(profile.totals.allocations == 6)
    #expect(profile.costs.reduce(0) { $0 + $1.allocatedBytes } == 60)
    #expect(profile.damage.contains { $0.cause.contains("their own callers") })
    #expect(profile.damage.contains { $0.cause.contains("never defined") })
    for cost in profile.costs {
      #expect(profile.stacks.frames(of: cost.stack).count <= 4)
    }
  }

  @Test("A stack of a million frames needs no recursion")
  func deepStack() throws {
    var builder = TraceBuilder()
    let depth: UInt32 = 1_000_000
    builder.appendStacks(
      (1...depth).reversed().map {
        (id: $0, parent: $0 - 1, programCounter: 0x1000 + UInt64($0))
      })
    builder.appendBatch([.allocate(thread: 1, address: 64, size: 1, stack: depth)])
    let profile = try read(builder.closed()).get()
    let cost = try #require(profile.costs.first)
    #expect(profile.stacks.frames(of: cost.stack).count == Int(depth))
    #expect(profile.damage == [])
  }
}
