import Aggregation
import CTraceFormat
import TraceFormat
import TraceInput
import TraceTestSupport
import Testing

/// A program may do nothing for the rest of its run: a window there still has what lives.
@Suite("Windows without events") struct QuietWindowTests {
  private func trace() throws -> HeapTrace {
    var builder = InventedTrace.builder(stacks: 1)
    builder.appendBatch([
      .allocate(thread: 1, address: 16, size: 300, stack: 1),
      .allocate(thread: 1, address: 32, size: 50, stack: 1), .release(thread: 1, address: 32),
    ])
    builder.appendRecords(
      TestRecords.end(MT_END_EXIT, status: 0, timeNanoseconds: 8_000_000_000))
    return try HeapTrace(TraceFile(source: MemorySource(builder.closed())))
  }

  @Test("It is live, present, and the peak") func present() throws {
    var query = HeapQuery()
    query.window = 4_000_000_000..<6_000_000_000
    query.choice = .present
    let profile = try trace().profile(query)
    #expect(profile.totals.liveBytes == 300)
    #expect(profile.totals.peakBytes == 300)
    #expect(profile.totals.peakTimeNanoseconds == 4_000_000_000)
    #expect(profile.costs.map(\.peakBytes) == [300])
    #expect(profile.timeline.last?.liveBytes == 300)
    #expect(profile.timeline.allSatisfy { $0.minimumBytes == 300 && $0.maximumBytes == 300 })
  }

  @Test("Behind the end of the run there is nothing") func behindTheEnd() throws {
    var query = HeapQuery()
    query.window = 9_000_000_000..<10_000_000_000
    query.choice = .present
    let profile = try trace().profile(query)
    #expect(profile.totals.peakBytes == 0)
    #expect(profile.timeline.isEmpty)
  }
}
