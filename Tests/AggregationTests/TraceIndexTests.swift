import Aggregation
import CTraceFormat
import TraceFormat
import TraceInput
import TraceTestSupport
import Testing

/// A window of a trace with an index is answered from a checkpoint, and no differently.
@Suite("The index of a trace") struct TraceIndexTests {
  private static let step: UInt64 = 1 << 28

  /// Batches of 50 operations, some with marks.
  private func builder(_ seed: UInt64, batches: Int) -> TraceBuilder {
    var history = RandomHistory(seed: seed)
    history.vanishing = seed.isMultiple(of: 2) ? 10 : 0
    let operations = history.operations(batches * 50)
    var builder = InventedTrace.builder(stacks: history.stacks)
    builder.nanosecondsPerEvent = Self.step
    for start in stride(from: 0, to: operations.count, by: 50) {
      builder.appendBatch(
        Array(operations[start...].prefix(50)) + [.mark(thread: 1, label: "after \(start)")])
    }
    return builder
  }

  private func profile(_ bytes: [UInt8], _ query: HeapQuery) throws -> HeapProfile {
    try HeapTrace(TraceFile(source: MemorySource(bytes))).profile(query)
  }

  private func expectEqual(_ left: HeapProfile, _ right: HeapProfile) {
    #expect(left.totals == right.totals)
    #expect(left.costs == right.costs)
    #expect(left.threads == right.threads)
    #expect(left.timeline == right.timeline)
    #expect(left.marks == right.marks)
    #expect(left.damage == right.damage)
    #expect(left.process == right.process)
    #expect(left.inventory.chunkEvents == right.inventory.chunkEvents)
    #expect(left.selection?.sizes == right.selection?.sizes)
    #expect(left.selection?.lifetimes == right.selection?.lifetimes)
  }

  private func lateQuery(_ choice: HeapQuery.Choice) -> HeapQuery {
    var query = HeapQuery()
    query.choice = choice
    query.window = 300 * Self.step..<(.max)
    return query
  }

  @Test("Windows have the same answers as without it", arguments: HeapQuery.Choice.allCases)
  func sameAnswers(choice: HeapQuery.Choice) throws {
    for seed in 0..<12 as Range<UInt64> {
      var random = SplitMix(state: seed)
      let plain = builder(seed, batches: 8).closed()
      let index = try IndexedTrace.index(of: plain)
      #expect(!index.isEmpty)
      let indexed = IndexedTrace.adding(index, to: plain)
      for _ in 0..<4 {
        var query = HeapQuery()
        query.choice = choice
        let start = random.next(400)
        query.window = start * Self.step..<(start + random.next(100)) * Self.step
        if random.next(2) == 0 { query.threads = [ThreadID(rawValue: 1)] }
        if random.next(2) == 0 { query.sizes = 0...2000 }
        expectEqual(try profile(indexed, query), try profile(plain, query))
      }
    }
  }

  @Test("Events outside the checkpoints around a window are not read") func passedOver() throws {
    let builder = builder(5, batches: 8)
    let plain = builder.closed()
    var indexed = IndexedTrace.adding(try IndexedTrace.index(of: plain), to: plain)
    var query = lateQuery(.present)
    query.window = 210 * Self.step..<220 * Self.step
    let expected = try profile(plain, query)
    // The first chunk is the stacks', the others are batches; their headers stay sound.
    var chunk = Int(builder.header.header_bytes)
    for number in 0...8 {
      let stored = indexed.withUnsafeBytes {
        $0.loadUnaligned(fromByteOffset: chunk, as: mt_chunk_header.self).stored_bytes
      }
      // The window lies in the fifth batch.
      if number != 0, number != 5 {
        for place in chunk + 32..<chunk + 40 { indexed[place] ^= 0xff }
      }
      chunk += (32 + Int(stored) + 7) / 8 * 8
    }
    expectEqual(try profile(indexed, query), expected)
    var whole = query
    whole.window = HeapQuery.wholeRun
    #expect(try profile(indexed, whole).damage.count >= 7)
  }

  @Test("Marks and the length of the run are known without reading events") func marks() throws {
    let plain = builder(9, batches: 6).closed()
    let indexed = IndexedTrace.adding(try IndexedTrace.index(of: plain), to: plain)
    let expected = try HeapTrace(TraceFile(source: MemorySource(plain)), readsMarks: true)
    let found = try HeapTrace(TraceFile(source: MemorySource(indexed)), readsMarks: true)
    #expect(found.marks == expected.marks)
    #expect(found.marks.count > 6)
    #expect(found.durationNanoseconds == expected.durationNanoseconds)
  }

  @Test("An index of other events, or a damaged one, is not used") func notUsed() throws {
    let plain = builder(6, batches: 8).closed()
    let index = try IndexedTrace.index(of: plain)
    let other = builder(7, batches: 8).closed()
    for choice in HeapQuery.Choice.allCases {
      let query = lateQuery(choice)
      expectEqual(
        try profile(IndexedTrace.adding(index, to: other), query), try profile(other, query))
      let expected = try profile(plain, query)
      for place in stride(from: 40, to: index.count - 32, by: index.count / 40) {
        var damaged = index
        damaged[place] ^= 0x55
        let found = try profile(IndexedTrace.adding(damaged, to: plain), query)
        #expect(found.totals == expected.totals, "byte \(place)")
        #expect(found.costs == expected.costs, "byte \(place)")
      }
    }
  }
}
