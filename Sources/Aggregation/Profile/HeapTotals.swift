import TraceFormat

/// The sums over a whole trace. `HeapProfile` defines the terms.
public struct HeapTotals: Sendable, Hashable {
  public var allocations = 0
  /// Frees, those of unknown blocks included.
  public var frees = 0
  /// Of the frees: of a block whose allocation is not in the trace.
  public var unknownFrees = 0
  /// Of the unknown frees: by the child of a fork, of blocks that its parent had allocated.
  public var inheritedFrees = 0
  public var allocatedBytes = 0
  public var peakBytes = 0
  /// Blocks that were live at the peak.
  public var peakAllocations = 0
  /// Of the peak, after the start of recording.
  public var peakTimeNanoseconds: UInt64 = 0
  /// By how much the peak may be off, as the order of threads' small blocks is not recorded; 0 if it
  /// is exact, `nil` if the trace does not say.
  public var peakErrorBytes: Int? = 0
  public var leakedAllocations = 0
  public var leakedBytes = 0
  /// At the end of the window; of the whole run it is what leaked.
  public var liveAllocations = 0
  public var liveBytes = 0
  public var temporaryAllocations = 0
  /// Of the allocations: the new blocks of a realloc, moved or in place.
  public var reallocations = 0
  /// Blocks whose free is missing in the trace: their address was allocated again. They count as
  /// neither freed nor leaked.
  public var supersededBlocks = 0
  /// Allocations and frees that the recorder says it did not record.
  public var lostEvents = 0

  // Known where a query was answered, see `HeapProfile.selection`.

  public var shortLivedAllocations = 0
  /// Of the reallocations.
  public var movedAllocations = 0
  public var resizedAllocations = 0
  public var wastedBytes = 0
  public var copiedBytes = 0

  public init() {}
}

extension HeapTotals {
  /// The sums as the cost of a stack that made all allocations: its own peak is the process's.
  public var cost: StackCost {
    var cost = StackCost(stack: .root)
    cost.allocations = allocations
    cost.allocatedBytes = allocatedBytes
    cost.temporaryAllocations = temporaryAllocations
    cost.peakAllocations = peakAllocations
    cost.peakBytes = peakBytes
    cost.ownPeakAllocations = peakAllocations
    cost.ownPeakBytes = peakBytes
    cost.leakedAllocations = leakedAllocations
    cost.leakedBytes = leakedBytes
    cost.liveAllocations = liveAllocations
    cost.liveBytes = liveBytes
    cost.shortLivedAllocations = shortLivedAllocations
    cost.movedAllocations = movedAllocations
    cost.resizedAllocations = resizedAllocations
    cost.wastedBytes = wastedBytes
    cost.copiedBytes = copiedBytes
    return cost
  }
}
