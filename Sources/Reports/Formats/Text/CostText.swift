import Aggregation

/// Costs in words: the titles of rankings, and the figures of one entry.
enum CostText {
  /// The title of a ranking.
  static func title(_ kind: CostKind) -> String {
    switch kind {
    case .bytes: "Most bytes allocated"
    case .allocations: "Most allocations"
    case .peak: "Most memory at the peak"
    case .ownPeak: "Highest own peaks"
    case .live: "Most memory live"
    case .leaked: "Largest leaks"
    case .temporary: "Most temporary allocations"
    case .shortLived: "Most short-lived allocations"
    case .reallocated: "Most reallocations"
    case .moved: "Most reallocations that moved"
    case .copied: "Most bytes copied by reallocations"
    case .wasted: "Most bytes wasted by growth"
    }
  }

  /// What a ranking's shares are shares of.
  static func whole(_ kind: CostKind, _ profile: HeapProfile) -> String {
    let totals = profile.totals
    let value = value(kind, totals.cost)
    switch kind {
    case .bytes, .allocations, .temporary, .shortLived, .reallocated, .moved, .copied, .wasted:
      return "of \(value) in all"
    case .peak where profile.traceCount > 1: return "of \(value), each process at its own peak"
    case .peak:
      return "of \(value) live at " + Quantity.moment(nanoseconds: totals.peakTimeNanoseconds)
    case .ownPeak: return "beside \(value), the peak of all together"
    case .live, .leaked:
      return "of \(value) in \(Quantity.counted(kind.blocks(of: totals.cost), "block"))"
    }
  }

  /// Why a ranking is empty.
  static func nothing(_ kind: CostKind) -> String {
    switch kind {
    case .bytes, .allocations: "nothing was allocated"
    case .peak, .ownPeak: "nothing was ever live"
    case .live: "nothing is live"
    case .leaked: "nothing: every block was freed"
    case .temporary, .shortLived, .reallocated, .moved, .copied, .wasted: "none"
    }
  }

  /// The value that an entry is ranked by.
  static func value(_ kind: CostKind, _ cost: StackCost) -> String {
    let value = kind.value(of: cost)
    return kind.isBytes ? Quantity.bytes(value) : Quantity.grouped(value)
  }

  /// What more there is to say about an entry.
  static func detail(_ kind: CostKind, _ cost: StackCost) -> String {
    let value = kind.value(of: cost)
    let blocks = kind.blocks(of: cost)
    switch kind {
    case .bytes:
      return "in \(Quantity.counted(blocks, "allocation"))" + average(value, blocks)
    case .peak, .ownPeak, .live, .leaked:
      return "in \(Quantity.counted(blocks, "block"))" + average(value, blocks)
    case .allocations:
      return "\(Quantity.bytes(cost.allocatedBytes)) in all"
        + average(cost.allocatedBytes, blocks)
    case .temporary, .shortLived, .reallocated, .moved:
      let share = Quantity.percent(value, of: cost.allocations)
      return "\(share) of this stack's \(Quantity.grouped(cost.allocations))"
    case .copied:
      return "in \(Quantity.counted(blocks, "move"))" + average(value, blocks)
    case .wasted:
      return "\(Quantity.percent(value, of: cost.allocatedBytes)) of "
        + "\(Quantity.bytes(cost.allocatedBytes)), in \(Quantity.counted(blocks, "reallocation"))"
    }
  }

  private static func average(_ bytes: Int, _ count: Int) -> String {
    guard count > 1 else { return "" }
    let whole = Double(bytes) / Double(count)
    let text = Quantity.bytes(UInt64(whole.rounded()))
    return ", \(text) each" + (bytes.isMultiple(of: count) ? "" : " on average")
  }
}
