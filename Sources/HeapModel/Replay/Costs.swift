/// What a set of blocks cost: the one account of it, from the engines that follow blocks to the reports.
/// `HeapProfile` in Aggregation defines the terms. Sums over a run, a stack, a thread or a group have
/// the same members; who fills one in says which of them it knows, the others are 0.
///
/// A further cost is a member here, a line in `add`, and what measures it.
public struct Costs: BitwiseCopyable, Sendable, Hashable {
  public var allocations = 0
  public var allocatedBytes = 0
  /// Of the blocks that a window chooses: those freed before its end.
  public var frees = 0
  public var temporaryAllocations = 0
  /// The part of the common peak, not its own highest.
  public var peakAllocations = 0
  public var peakBytes = 0
  public var leakedAllocations = 0
  public var leakedBytes = 0
  /// At the end of the window; of the whole run it is what leaked.
  public var liveAllocations = 0
  public var liveBytes = 0
  /// Blocks whose free is missing in the trace: their address was allocated again.
  public var supersededBlocks = 0
  /// Sizes of all blocks, of the live and of the leaked ones.
  public var sizes = SizeExtent()
  public var liveSizes = SizeExtent()
  public var leakedSizes = SizeExtent()

  // Known where each block was followed, see `HeapProfile.selection`.

  /// Its own highest, whenever that was.
  public var ownPeakAllocations = 0
  public var ownPeakBytes = 0
  public var shortLivedAllocations = 0
  /// Made by a realloc, elsewhere or in place.
  public var movedAllocations = 0
  public var resizedAllocations = 0
  /// Sizes of the smaller blocks that reallocs replaced.
  public var wastedBytes = 0
  /// What reallocs that moved had to copy.
  public var copiedBytes = 0

  public init() {}

  /// Adds what other blocks cost. Peaks are added as they are, whenever each was: the sum of those of
  /// different moments is no peak, only a bound.
  public mutating func add(_ other: Costs) {
    allocations += other.allocations
    allocatedBytes &+= other.allocatedBytes
    frees += other.frees
    temporaryAllocations += other.temporaryAllocations
    peakAllocations += other.peakAllocations
    peakBytes &+= other.peakBytes
    leakedAllocations += other.leakedAllocations
    leakedBytes &+= other.leakedBytes
    liveAllocations += other.liveAllocations
    liveBytes &+= other.liveBytes
    supersededBlocks += other.supersededBlocks
    sizes.add(other.sizes)
    liveSizes.add(other.liveSizes)
    leakedSizes.add(other.leakedSizes)
    ownPeakAllocations += other.ownPeakAllocations
    ownPeakBytes &+= other.ownPeakBytes
    shortLivedAllocations += other.shortLivedAllocations
    movedAllocations += other.movedAllocations
    resizedAllocations += other.resizedAllocations
    wastedBytes &+= other.wastedBytes
    copiedBytes &+= other.copiedBytes
  }
}

extension Costs {
  public static func + (left: Costs, right: Costs) -> Costs {
    var sum = left
    sum.add(right)
    return sum
  }

  /// Adds a block that is live at the end of the run.
  mutating func addLeak(bytes: Int) {
    leakedAllocations += 1
    leakedBytes &+= bytes
    leakedSizes.add(bytes)
    liveAllocations = leakedAllocations
    liveBytes = leakedBytes
    liveSizes = leakedSizes
  }
}
