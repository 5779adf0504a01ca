import HeapModel
import TraceFormat

/// What the allocations of one distinct stack cost. `HeapProfile` defines the terms.
public struct StackCost: Sendable, Hashable {
  /// The innermost frame's node.
  public let stack: StackID
  public var allocations = 0
  public var allocatedBytes = 0
  public var temporaryAllocations = 0
  /// This stack's part of the process's peak, not its own highest.
  public var peakAllocations = 0
  public var peakBytes = 0
  public var leakedAllocations = 0
  public var leakedBytes = 0
  /// At the end of the window; of the whole run it is what leaked.
  public var liveAllocations = 0
  public var liveBytes = 0
  /// Sizes of all its blocks, of the live and of the leaked ones.
  public var sizes = SizeExtent()
  public var liveSizes = SizeExtent()
  public var leakedSizes = SizeExtent()

  // Known where a query was answered, see `HeapProfile.selection`.

  /// This stack's own highest, whenever that was.
  public var ownPeakAllocations = 0
  public var ownPeakBytes = 0
  public var shortLivedAllocations = 0
  public var movedAllocations = 0
  public var resizedAllocations = 0
  public var wastedBytes = 0
  public var copiedBytes = 0

  public init(stack: StackID) { self.stack = stack }

  /// Adds another stack's cost. Own peaks are those of different moments: their sum is no peak,
  /// only a bound.
  public mutating func add(_ other: StackCost) {
    allocations += other.allocations
    allocatedBytes &+= other.allocatedBytes
    temporaryAllocations += other.temporaryAllocations
    peakAllocations += other.peakAllocations
    peakBytes &+= other.peakBytes
    leakedAllocations += other.leakedAllocations
    leakedBytes &+= other.leakedBytes
    liveAllocations += other.liveAllocations
    liveBytes &+= other.liveBytes
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
