import Aggregation

/// Costs in words: the titles of rankings, and the figures of one entry.
enum CostText {
  /// The title of a ranking.
  static func title(_ kind: CostKind) -> String {
    switch kind {
    case .bytes: "Most bytes allocated"
    case .allocations: "Most allocations"
    case .peak: "Most memory at the peak"
    case .leaked: "Largest leaks"
    case .temporary: "Most temporary allocations"
    }
  }

  /// What a ranking's shares are shares of.
  static func whole(_ kind: CostKind, _ totals: HeapTotals) -> String {
    switch kind {
    case .bytes: "of \(Quantity.bytes(totals.allocatedBytes)) in all"
    case .allocations: "of \(Quantity.grouped(totals.allocations)) in all"
    case .peak:
      "of \(Quantity.bytes(totals.peakBytes)) live at "
        + Quantity.duration(nanoseconds: totals.peakTimeNanoseconds)
    case .leaked:
      "of \(Quantity.bytes(totals.leakedBytes)) in "
        + Quantity.counted(totals.leakedAllocations, "block")
    case .temporary: "of \(Quantity.grouped(totals.temporaryAllocations)) in all"
    }
  }

  /// Why a ranking is empty.
  static func nothing(_ kind: CostKind) -> String {
    switch kind {
    case .bytes, .allocations: "nothing was allocated"
    case .peak: "nothing was ever live"
    case .leaked: "nothing: every block was freed"
    case .temporary: "none"
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
    case .peak, .leaked:
      return "in \(Quantity.counted(blocks, "block"))" + average(value, blocks)
    case .allocations:
      return "\(Quantity.bytes(cost.allocatedBytes)) in all"
        + average(cost.allocatedBytes, blocks)
    case .temporary:
      let share = Quantity.percent(value, of: cost.allocations)
      return "\(share) of this stack's \(Quantity.grouped(cost.allocations))"
    }
  }

  private static func average(_ bytes: Int, _ count: Int) -> String {
    guard count > 1 else { return "" }
    let whole = Double(bytes) / Double(count)
    let text = Quantity.bytes(UInt64(whole.rounded()))
    return ", \(text) each" + (bytes.isMultiple(of: count) ? "" : " on average")
  }
}
