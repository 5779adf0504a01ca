import HeapModel
import TraceFormat

/// The sums over a whole trace: the members of `Costs`, and what is of no stack. `HeapProfile` defines
/// the terms.
@dynamicMemberLookup
public struct HeapTotals: Sendable, Hashable {
  /// Its frees are those of unknown blocks, too.
  public var costs = Costs()
  /// Of the frees: of a block whose allocation is not in the trace.
  public var unknownFrees = 0
  /// Of the unknown frees: by the child of a fork, of blocks that its parent had allocated.
  public var inheritedFrees = 0
  /// Of the unknown frees: of blocks that were allocated while recording paused, or before a pause in
  /// which recording began.
  public var pausedFrees = 0
  /// Of the peak, after the start of recording.
  public var peakTimeNanoseconds: UInt64 = 0
  /// By how much the peak may be off, as the order of threads' small blocks is not recorded; 0 if it
  /// is exact, `nil` if the trace does not say.
  public var peakErrorBytes: Int? = 0
  /// Of the allocations: the new blocks of a realloc, moved or in place.
  public var reallocations = 0
  /// Allocations and frees that the recorder says it did not record.
  public var lostEvents = 0

  public init() {}

  @inlinable public subscript<Value>(dynamicMember member: WritableKeyPath<Costs, Value>) -> Value {
    get { costs[keyPath: member] }
    set { costs[keyPath: member] = newValue }
  }

  /// Says of the unknown frees why their blocks are unknown.
  mutating func tellUnknownFrees(apart facts: RecordCollector) {
    if facts.process.origin == .fork {
      inheritedFrees = unknownFrees
    } else if facts.hasPauses {
      pausedFrees = unknownFrees
    }
  }

  /// Adds another process's sums; peaks are added as they are, whenever each was.
  mutating func add(_ other: HeapTotals) {
    costs.add(other.costs)
    unknownFrees += other.unknownFrees
    inheritedFrees += other.inheritedFrees
    pausedFrees += other.pausedFrees
    peakErrorBytes = peakErrorBytes.flatMap { own in other.peakErrorBytes.map { own + $0 } }
    reallocations += other.reallocations
    lostEvents += other.lostEvents
  }
}

extension HeapTotals {
  /// The sums as the cost of a stack that made all allocations: its own peak is the process's.
  public var cost: StackCost {
    var cost = StackCost(stack: .root, costs)
    cost.ownPeakAllocations = costs.peakAllocations
    cost.ownPeakBytes = costs.peakBytes
    return cost
  }
}
