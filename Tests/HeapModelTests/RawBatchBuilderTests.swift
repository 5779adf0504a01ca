import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

@testable import HeapModel

@Suite("Batches of raw words") struct RawBatchBuilderTests {
  private func run(_ thread: UInt32, position: UInt64 = 0, _ words: [UInt64]) -> RawRun {
    RawRun(thread: ThreadID(rawValue: thread), slot: thread, position: position, words: words)
  }

  @Test("What a thread did from a turn on is left out, in its later runs as well")
  func turns() {
    var encoder = TestRawEncoder()
    func allocation(_ thread: UInt32, _ address: UInt64) -> [UInt64] {
      encoder.encode(.allocate(thread: thread, address: address, size: 8, stack: 1))
    }
    func turn(_ number: UInt64) -> [UInt64] { TestRawEncoder.turn(number, isTaken: false) }
    let runs = [
      run(1, turn(3) + allocation(1, 16) + turn(4) + allocation(1, 32) + turn(5)),
      run(2, turn(6) + allocation(2, 48)),
      run(1, position: 9, allocation(1, 64) + turn(7) + allocation(1, 80)),
      run(3, allocation(3, 96)),
    ]
    func allocations(before turn: UInt64) -> [Int] {
      let batch = EventBatch()
      RawBatchBuilder().build(
        runs, startingAt: 0, before: turn, into: batch, sequence: { _ in 0 })
      return batch.lanes.map(\.allocations)
    }
    #expect(allocations(before: 0) == [4, 1, 1])
    #expect(allocations(before: 5) == [2, 0, 1])
    #expect(allocations(before: 7) == [3, 1, 1])
    #expect(allocations(before: 100) == [4, 1, 1])
  }
}
