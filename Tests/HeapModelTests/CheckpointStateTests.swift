import TraceFormat
import Testing

@testable import HeapModel

@Suite("The state in a trace's index") struct CheckpointStateTests {
  private func state(threads: Int) -> CheckpointState {
    var state = CheckpointState()
    for number in 0..<threads {
      var account = ThreadAccount(id: ThreadID(rawValue: UInt32(number) + 1))
      account.allocations = 10
      account.frees = 3
      state.threads.append(CheckpointState.Thread(account: account, replacedBytes: -1))
      state.totals.allocations += 10
      state.totals.frees += 3
    }
    return state
  }

  private func decoded(_ state: CheckpointState) -> CheckpointState? {
    var writer = LEBWriter()
    state.encode(to: &writer)
    return writer.bytes.withUnsafeBytes { CheckpointState($0) }
  }

  @Test("It is read as it was written") func roundTrip() throws {
    var written = state(threads: 2)
    written.nodes = [5, 7]
    written.marks = [
      Mark(timeNanoseconds: 9, thread: ThreadID(rawValue: 2), label: "é"),
      Mark(
        timeNanoseconds: 10, thread: ThreadID(rawValue: 2), label: "load", kind: .phaseBegin,
        phase: 77),
    ]
    let read = try #require(decoded(written))
    #expect(read.nodes == written.nodes)
    #expect(read.marks == written.marks)
    #expect(read.threads.map(\.account.id) == written.threads.map(\.account.id))
    #expect(read.threads.map(\.replacedBytes) == [-1, -1])
    #expect(read.totals.allocations == 20)
  }

  @Test("Sums that are not those of the threads are refused") func sums() {
    var wrong = state(threads: 2)
    wrong.totals.allocations += 1
    #expect(decoded(wrong) == nil)
    var many = state(threads: 3)
    for place in 0..<3 { many.threads[place].account.frees = .max / 2 }
    many.totals.frees = .max / 2
    #expect(decoded(many) == nil)
  }

  @Test("An end of the trace that does not know its threads is refused") func otherThreads() {
    let replay = HeapReplay(timelinePoints: 2, sharedBlocks: 8)
    let known = state(threads: 2)
    #expect(replay.takeOutcome(of: known))
    #expect(!replay.takeOutcome(of: state(threads: 1)))
    var other = known
    other.threads.swapAt(0, 1)
    #expect(!replay.takeOutcome(of: other))
    #expect(replay.takeOutcome(of: state(threads: 3)))
  }
}
