import Aggregation

/// The costs that stacks can be ranked by and drawn with. `HeapProfile` defines the terms.
public enum CostKind: String, CaseIterable, Sendable {
  case bytes, allocations, peak, leaked, temporary

  /// Whether values are bytes; otherwise they count allocations.
  public var isBytes: Bool {
    switch self {
    case .bytes, .peak, .leaked: true
    case .allocations, .temporary: false
    }
  }

  /// What one stack contributes.
  public func value(of cost: StackCost) -> Int {
    switch self {
    case .bytes: cost.allocatedBytes
    case .allocations: cost.allocations
    case .peak: cost.peakBytes
    case .leaked: cost.leakedBytes
    case .temporary: cost.temporaryAllocations
    }
  }

  /// The number of blocks behind `value(of:)`: what decides between equal sizes, and what tells a
  /// stack that leaked empty blocks from one that leaked nothing.
  public func blocks(of cost: StackCost) -> Int {
    switch self {
    case .bytes, .allocations: cost.allocations
    case .peak: cost.peakAllocations
    case .leaked: cost.leakedAllocations
    case .temporary: cost.temporaryAllocations
    }
  }

  /// The sum over all stacks.
  public func total(of totals: HeapTotals) -> Int {
    switch self {
    case .bytes: totals.allocatedBytes
    case .allocations: totals.allocations
    case .peak: totals.peakBytes
    case .leaked: totals.leakedBytes
    case .temporary: totals.temporaryAllocations
    }
  }

  /// The sum of `blocks(of:)` over all stacks.
  public func totalBlocks(of totals: HeapTotals) -> Int {
    switch self {
    case .bytes, .allocations: totals.allocations
    case .peak: totals.peakAllocations
    case .leaked: totals.leakedAllocations
    case .temporary: totals.temporaryAllocations
    }
  }
}
