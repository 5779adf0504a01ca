import Aggregation

/// The costs that stacks can be ranked by and drawn with. `HeapProfile` defines the terms.
public enum CostKind: String, CaseIterable, Sendable {
  case bytes, allocations, peak
  case ownPeak = "own-peak"
  case live, leaked, temporary
  case shortLived = "short-lived"
  case reallocated, moved, copied, wasted

  /// Whether values are bytes; otherwise they count allocations.
  public var isBytes: Bool {
    switch self {
    case .bytes, .peak, .ownPeak, .live, .leaked, .copied, .wasted: true
    case .allocations, .temporary, .shortLived, .reallocated, .moved: false
    }
  }

  /// Whether only a query tells it: the quick replay does not follow each block.
  public var needsQuery: Bool {
    switch self {
    case .bytes, .allocations, .peak, .live, .leaked, .temporary: false
    case .ownPeak, .shortLived, .reallocated, .moved, .copied, .wasted: true
    }
  }

  /// Whether the values of stacks may be added up: own peaks are those of different moments.
  public var isAdditive: Bool { self != .ownPeak }

  /// Whether it is known of blocks that are chosen by a query.
  public func isKnown(of choice: HeapQuery.Choice) -> Bool {
    switch self {
    case .peak, .ownPeak: choice.hasPeak
    default: true
    }
  }

  /// What one stack contributes.
  public func value(of cost: StackCost) -> Int {
    switch self {
    case .bytes: cost.allocatedBytes
    case .allocations: cost.allocations
    case .peak: cost.peakBytes
    case .ownPeak: cost.ownPeakBytes
    case .live: cost.liveBytes
    case .leaked: cost.leakedBytes
    case .temporary: cost.temporaryAllocations
    case .shortLived: cost.shortLivedAllocations
    case .reallocated: cost.movedAllocations + cost.resizedAllocations
    case .moved: cost.movedAllocations
    case .copied: cost.copiedBytes
    case .wasted: cost.wastedBytes
    }
  }

  /// The number of blocks behind `value(of:)`: what decides between equal sizes, and what tells a
  /// stack that leaked empty blocks from one that leaked nothing.
  public func blocks(of cost: StackCost) -> Int {
    switch self {
    case .bytes, .allocations: cost.allocations
    case .peak: cost.peakAllocations
    case .ownPeak: cost.ownPeakAllocations
    case .live: cost.liveAllocations
    case .leaked: cost.leakedAllocations
    case .temporary: cost.temporaryAllocations
    case .shortLived: cost.shortLivedAllocations
    case .reallocated: cost.movedAllocations + cost.resizedAllocations
    case .moved: cost.movedAllocations
    // Blocks that grew in place, or from nothing that is known, cost none of it.
    case .copied: cost.copiedBytes > 0 ? cost.movedAllocations : 0
    case .wasted: cost.wastedBytes > 0 ? cost.movedAllocations + cost.resizedAllocations : 0
    }
  }

  /// The cost of all stacks together.
  public func total(of totals: HeapTotals) -> Int { value(of: totals.cost) }
}
