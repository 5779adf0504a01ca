import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

@testable import HeapModel

/// The order in which a reader takes what a killed program left in its rings.
@Suite struct TurnMergeTests {
  private func allocation(_ number: UInt64) -> [UInt64] {
    var encoder = TestRawEncoder(isShared: false)
    return encoder.encode(.allocate(thread: 1, address: number * 64, size: number, stack: 1))
  }

  private func run(_ thread: UInt32, _ words: [UInt64]) -> RawRun {
    RawRun(thread: ThreadID(rawValue: thread), slot: thread - 1, position: 1000, words: words)
  }

  /// The sizes in the order of the merge: each is an allocation's number.
  private func order(_ runs: [RawRun]) throws -> [UInt64] {
    var sizes: [UInt64] = []
    for run in TurnMerge.merge(runs) {
      try RawEvent.forEach(in: run.words) {
        if case .allocate(_, _, let size, _) = $0 { sizes.append(size) }
      }
    }
    return sizes
  }

  @Test func `segments go by their turns`() throws {
    let first =
      TestRawEncoder.turn(3, isTaken: false) + allocation(3)
      + TestRawEncoder.turn(7, isTaken: true) + allocation(7) + allocation(8)
    let second =
      TestRawEncoder.turn(5, isTaken: true) + allocation(5)
      + TestRawEncoder.turn(9, isTaken: false) + allocation(9)
    #expect(try order([run(1, first), run(2, second)]) == [3, 5, 7, 8, 9])
    #expect(try order([run(1, second), run(2, first)]) == [3, 5, 7, 8, 9])
  }

  @Test func `the thread that took a turn goes first in it`() throws {
    let noted = TestRawEncoder.turn(5, isTaken: false) + allocation(2)
    let taken = TestRawEncoder.turn(5, isTaken: true) + allocation(1)
    #expect(try order([run(1, noted), run(2, taken)]) == [1, 2])
    #expect(try order([run(1, taken), run(2, noted)]) == [1, 2])
  }

  @Test func `what stands ahead of the first stamp goes first`() throws {
    let late = allocation(1) + TestRawEncoder.turn(9, isTaken: false) + allocation(3)
    let other = TestRawEncoder.turn(8, isTaken: false) + allocation(2)
    #expect(try order([run(2, other), run(1, late)]) == [1, 2, 3])
  }

  @Test func `turns that lost their upper bits are told apart`() throws {
    let before = TestRawEncoder.turn(1 << 43 - 1, isTaken: false) + allocation(1)
    let after = TestRawEncoder.turn(0, isTaken: true) + allocation(2)
    #expect(try order([run(1, after), run(2, before)]) == [1, 2])
    #expect(try order([run(1, before), run(2, after)]) == [1, 2])
  }

  @Test func `a stamp's look-alike inside a record is none`() throws {
    var encoder = TestRawEncoder()
    let label = String(repeating: "\u{b0}", count: 12)
    let words =
      encoder.encode(.mark(thread: 1, label: label)) + TestRawEncoder.turn(4, isTaken: false)
      + allocation(2)
    let other = TestRawEncoder.turn(3, isTaken: false) + allocation(1)
    let merged = TurnMerge.merge([run(1, words), run(2, other)])
    #expect(merged.count == 3)
    #expect(merged.map(\.thread.rawValue) == [1, 2, 1])
    #expect(merged.map(\.position) == [1000, 1000, 1000 + UInt64(words.count) - 3])
  }
}
