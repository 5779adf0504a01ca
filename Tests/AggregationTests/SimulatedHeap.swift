import Aggregation
import CTraceFormat
import TraceInput
import TraceTestSupport

/// A program that was never run: what one stack allocates and frees in a minute of simulated time,
/// beside another stack's steady work. It becomes a trace like any other.
struct SimulatedHeap {
  static let seconds = 60.0
  private static let slices = 512
  /// The stack that is judged, and the one beside it.
  static let judged: UInt32 = 1
  static let other: UInt32 = 2

  private struct Event {
    let time: Double
    let order: Int
    let operation: TestOperation
  }

  private var events: [Event] = []
  private var nextAddress: UInt64 = 0x1_0000
  var random: SplitMix

  init(seed: UInt64) { random = SplitMix(state: seed &* 0x9e37 &+ 1) }

  private mutating func add(_ time: Double, _ operation: TestOperation) {
    events.append(Event(time: time, order: events.count, operation: operation))
  }

  /// Allocates at a moment; returns the block's address.
  @discardableResult
  mutating func allocate(
    _ time: Double, _ bytes: Int, stack: UInt32 = judged, _ origin: TestOperation.Origin = .fresh
  ) -> UInt64 {
    nextAddress += 16
    add(
      time,
      .allocate(
        thread: 1, address: nextAddress, size: UInt64(bytes), stack: stack, origin))
    return nextAddress
  }

  mutating func free(_ time: Double, _ address: UInt64) {
    add(time, .release(thread: 1, address: address))
  }

  mutating func reallocate(_ time: Double, _ address: UInt64, _ bytes: Int) -> UInt64 {
    free(time, address)
    return allocate(time, bytes, .moved)
  }

  /// Blocks of random sizes that replace each other, so many a second, until a moment.
  mutating func churn(
    rate: Double, slots: Int = 64, size: Int = 4000, stack: UInt32 = other,
    until end: Double = seconds
  ) {
    var held = [UInt64?](repeating: nil, count: slots)
    var time = 0.0
    while time < end {
      let slot = Int(random.next(UInt64(slots)))
      if let block = held[slot] { free(time, block) }
      held[slot] = allocate(time, 1 + Int(random.next(UInt64(size))), stack: stack)
      time += 1 / rate
    }
  }

  func fraction(_ random: inout SplitMix) -> Double {
    Double(random.next(1 << 32)) / Double(1 << 32)
  }

  /// The trace, its clock as coarse as a slice of the run divided by what happens in it.
  func trace() throws -> HeapTrace {
    var builder = InventedTrace.builder(stacks: 2)
    let sorted = events.sorted { ($0.time, $0.order) < ($1.time, $1.order) }
    let sliceNanoseconds = UInt64(Self.seconds * 1e9) / UInt64(Self.slices)
    var next = sorted.startIndex
    for slice in 1...Self.slices {
      let end = Double(slice) * Self.seconds / Double(Self.slices)
      var operations: [TestOperation] = []
      while next < sorted.endIndex, sorted[next].time < end || slice == Self.slices {
        operations.append(sorted[next].operation)
        next += 1
      }
      if operations.isEmpty { operations = [.mark(thread: 1, label: "quiet")] }
      builder.nanosecondsPerEvent = sliceNanoseconds / UInt64(operations.count)
      builder.appendBatch(operations)
    }
    builder.appendRecords(
      TestRecords.end(MT_END_EXIT, status: 0, timeNanoseconds: UInt64(Self.seconds * 1e9)))
    return try HeapTrace(TraceFile(source: MemorySource(builder.closed())))
  }
}
