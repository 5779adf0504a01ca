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
      let indexed = plain + index
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

  @Test("Events before the checkpoint are not read") func passedOver() throws {
    let builder = builder(5, batches: 8)
    let plain = builder.closed()
    var indexed = try plain + IndexedTrace.index(of: plain)
    let query = lateQuery(.present)
    let expected = try profile(plain, query)
    // The second chunk is the first batch; its header stays sound.
    let first = Int(builder.header.header_bytes)
    let stored = indexed.withUnsafeBytes {
      $0.loadUnaligned(fromByteOffset: first, as: mt_chunk_header.self).stored_bytes
    }
    let payload = first + (32 + Int(stored) + 7) / 8 * 8 + 32
    for place in payload..<payload + 8 { indexed[place] ^= 0xff }
    expectEqual(try profile(indexed, query), expected)
    var whole = query
    whole.window = HeapQuery.wholeRun
    #expect(try !profile(indexed, whole).damage.isEmpty)
  }

  @Test("An index of other events, or a damaged one, is not used") func notUsed() throws {
    let plain = builder(6, batches: 8).closed()
    let index = try IndexedTrace.index(of: plain)
    let other = builder(7, batches: 8).closed()
    for choice in HeapQuery.Choice.allCases {
      let query = lateQuery(choice)
      expectEqual(try profile(other + index, query), try profile(other, query))
      let expected = try profile(plain, query)
      for place in stride(from: 40, to: index.count - 32, by: index.count / 40) {
        var damaged = index
        damaged[place] ^= 0x55
        let found = try profile(plain + damaged, query)
        #expect(found.totals == expected.totals, "byte \(place)")
        #expect(found.costs == expected.costs, "byte \(place)")
      }
    }
  }
}
