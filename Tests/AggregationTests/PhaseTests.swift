import Aggregation
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

@Suite("Phases and snapshots") struct PhaseTests {
  private static let begin = Mark.Kind.phaseBegin.rawValue
  private static let end = Mark.Kind.phaseEnd.rawValue
  private static let snapshot = Mark.Kind.snapshot.rawValue

  private func trace(_ operations: [TestOperation]) throws -> HeapTrace {
    var builder = InventedTrace.builder(stacks: 7, minor: 1)
    builder.nanosecondsPerEvent = 1 << 20
    // A batch has one time: edges of phases and events are told apart by theirs.
    for operation in operations { builder.appendBatch([operation]) }
    return try HeapTrace(try TraceFile(source: MemorySource(builder.closed())), readsMarks: true)
  }

  @Test("Phases nest in their thread; free-standing ones overlap; ends have their names")
  func spans() throws {
    let trace = try trace([
      .mark(thread: 1, label: "", kind: Self.end),
      .mark(thread: 1, label: "a", kind: Self.begin),
      .mark(thread: 2, label: "b", kind: Self.begin),
      .mark(thread: 1, label: "c", kind: Self.begin),
      .mark(thread: 1, label: "x", kind: Self.begin, phase: 9),
      .mark(thread: 1, label: "", kind: Self.end),
      .mark(thread: 2, label: "y", kind: Self.begin, phase: 8),
      .mark(thread: 2, label: "", kind: Self.end, phase: 9),
      .mark(thread: 2, label: "", kind: Self.end, phase: 9),
      .mark(thread: 1, label: "", kind: Self.end),
      .mark(thread: 3, label: "", kind: Self.end),
      .mark(thread: 2, label: "", kind: Self.end),
    ])
    #expect(
      trace.marks.map(\.label) == [
        "a", "b", "c", "x", "c end", "y", "x end", "a end", "b end",
      ])
    let spans = PhaseSpan.all(trace.marks)
    #expect(spans.map(\.path) == [["a"], ["b"], ["a", "c"], ["x"], ["y"]])
    #expect(spans.map(\.thread?.rawValue) == [1, 2, 1, nil, nil])
    #expect(spans.map { $0.endNanoseconds == nil } == [false, false, false, false, true])
  }

  @Test("A moment of a kind that is not known is passed over") func unknownKind() throws {
    let trace = try trace([
      .mark(thread: 1, label: "later", kind: 99),
      .allocate(thread: 1, address: 16, size: 100, stack: 1),
      .mark(thread: 1, label: "mark"),
    ])
    #expect(trace.marks.map(\.label) == ["mark"])
    #expect(try trace.profile(HeapQuery()).totals.allocatedBytes == 100)
  }

  @Test("What a phase costs is what its thread did, and what all threads held")
  func costs() throws {
    let trace = try trace([
      .allocate(thread: 1, address: 16, size: 100, stack: 1),
      .mark(thread: 1, label: "a", kind: Self.begin),
      .allocate(thread: 1, address: 32, size: 1000, stack: 2),
      .allocate(thread: 2, address: 48, size: 5000, stack: 3),
      .release(thread: 1, address: 32),
      .mark(thread: 2, label: "all", kind: Self.begin, phase: 5),
      .allocate(thread: 1, address: 64, size: 7, stack: 1),
      .release(thread: 2, address: 16),
      .mark(thread: 1, label: "s", kind: Self.snapshot),
      .mark(thread: 1, label: "", kind: Self.end),
      .release(thread: 2, address: 64),
    ])
    let found = try trace.measuredPhases()
    let a = found.phases[0].costs
    #expect((a.initialBytes, a.peakBytes, a.finalBytes, a.growthBytes) == (100, 6100, 5007, 4907))
    #expect((a.allocations, a.allocatedBytes, a.temporaryAllocations) == (2, 1007, 1))
    #expect((a.initialBlocks, a.finalBlocks) == (1, 2))
    let all = found.phases[1].costs
    #expect((all.initialBytes, all.peakBytes, all.finalBytes) == (5100, 5107, 5000))
    #expect((all.allocations, all.allocatedBytes, all.temporaryAllocations) == (1, 7, 1))
    #expect(found.snapshots.map(\.liveBytes) == [5007])
    #expect(found.snapshots.map(\.mark.residentBytes) == [4096])
    var query = HeapQuery()
    query.sizes = 1...1000
    let small = try trace.measuredPhases(query).phases[0].costs
    #expect((small.initialBytes, small.peakBytes, small.finalBytes) == (100, 1100, 7))
  }

  @Test("Any phases of any history cost what a look at every event says")
  func property() throws {
    for seed in 0..<6 as Range<UInt64> {
      var history = RandomHistory(seed: seed)
      history.addresses = 60
      var random = SplitMix(state: seed)
      var operations: [TestOperation] = []
      var free: [UInt64] = []
      let known = history.operations(200)
      for (operation, next) in zip(known, known.dropFirst()) {
        // A realloc that failed leaves its block as it was.
        if case .restore = operation { continue }
        if case .restore = next { continue }
        operations.append(operation)
        let thread = UInt32(1 + random.next(3))
        switch random.next(12) {
        case 0:
          operations.append(
            .mark(thread: thread, label: "p\(random.next(3))", kind: Self.begin))
        case 1: operations.append(.mark(thread: thread, label: "", kind: Self.end))
        case 2:
          free.append(UInt64(operations.count))
          operations.append(
            .mark(thread: thread, label: "f", kind: Self.begin, phase: free[free.count - 1]))
        case 3 where !free.isEmpty:
          let phase = free.remove(at: Int(random.next(UInt64(free.count))))
          operations.append(.mark(thread: thread, label: "", kind: Self.end, phase: phase))
        default: break
        }
      }
      let found = try trace(operations).measuredPhases().phases
      let naive = NaivePhases(operations)
      #expect(found.count == naive.phases.count)
      for (one, other) in zip(found, naive.phases) {
        #expect(one.costs.initialBytes == other.initial, "seed \(seed)")
        #expect(one.costs.peakBytes == other.peak, "seed \(seed)")
        #expect(one.costs.finalBytes == other.final ?? naive.live, "seed \(seed)")
        #expect(one.costs.allocations == other.allocations, "seed \(seed)")
        #expect(one.costs.allocatedBytes == other.bytes, "seed \(seed)")
      }
    }
  }

  @Test("After a pause a free without a block waits for none that comes later")
  func pauses() throws {
    for isPaused in [false, true] {
      var builder = InventedTrace.builder(stacks: 1, minor: 1)
      builder.nanosecondsPerEvent = 1 << 20
      // Another thread's free comes first, as far as the order of the trace is known.
      builder.appendBatch(
        (isPaused ? [.mark(thread: 1, label: "", kind: Mark.Kind.pause.rawValue)] : [])
          + [
            .allocate(thread: 2, address: 160, size: 1, stack: 1),
            .release(thread: 1, address: 16),
            .allocate(thread: 2, address: 16, size: 8, stack: 1),
          ])
      let profile = try InventedTrace.profile(builder.closed())
      #expect(profile.totals.liveAllocations == (isPaused ? 2 : 1))
      #expect(profile.totals.pausedFrees == (isPaused ? 1 : 0))
    }
  }
}

/// Phases by a look at every event.
private struct NaivePhases {
  struct Phase {
    let thread: UInt32?
    let initial: Int
    var peak: Int
    var final: Int?
    var allocations = 0
    var bytes = 0
  }

  private(set) var phases: [Phase] = []
  private(set) var live = 0
  private var blocks: [UInt64: Int] = [:]
  private var nested: [UInt32: [Int]] = [:]
  private var free: [UInt64: Int] = [:]

  init(_ operations: [TestOperation]) {
    for operation in operations { apply(operation) }
  }

  private mutating func apply(_ operation: TestOperation) {
    switch operation {
    case .allocate(let thread, let address, let size, _, _):
      live += Int(size) - (blocks[address] ?? 0)
      blocks[address] = Int(size)
      for index in phases.indices where phases[index].final == nil {
        phases[index].peak = max(phases[index].peak, live)
        guard phases[index].thread ?? thread == thread else { continue }
        phases[index].allocations += 1
        phases[index].bytes += Int(size)
      }
    case .release(_, let address): live -= blocks.removeValue(forKey: address) ?? 0
    case .mark(let thread, _, Mark.Kind.phaseBegin.rawValue, let phase):
      if phase == 0 {
        nested[thread, default: []].append(phases.count)
      } else {
        free[phase] = phases.count
      }
      phases.append(Phase(thread: phase == 0 ? thread : nil, initial: live, peak: live))
    case .mark(let thread, _, Mark.Kind.phaseEnd.rawValue, let phase):
      let ended = phase == 0 ? nested[thread]?.popLast() : free.removeValue(forKey: phase)
      if let ended { phases[ended].final = live }
    case .mark, .releaseOf, .restore, .reserved: break
    }
  }
}
