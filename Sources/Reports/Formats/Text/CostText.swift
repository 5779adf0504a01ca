import Aggregation

/// Costs in words: the titles of rankings, and the figures of one entry.
enum CostText {
  /// The title of a ranking; of blocks that are live at one moment there is no other peak.
  static func title(_ kind: CostKind, _ profile: HeapProfile) -> String {
    kind == .peak && profile.isOfMoment ? CostKind.live.title : kind.title
  }

  private static func hasEmptyBlocksAlone(_ profile: HeapProfile) -> Bool {
    profile.totals.allocations > 0 && profile.totals.allocatedBytes == 0
  }

  /// What a ranking's shares are shares of.
  static func whole(_ kind: CostKind, _ profile: HeapProfile) -> String {
    let totals = profile.totals
    let value = value(kind, totals.cost)
    switch kind {
    case .peak where profile.traceCount > 1 && !profile.isOfMoment:
      return "of \(value), each process at its own peak"
    case .peak:
      return "of \(value) live at " + Quantity.moment(nanoseconds: totals.peakTimeNanoseconds)
    case .ownPeak: return "beside \(value), the peak of all together"
    case .live, .leaked:
      return "of \(value) in \(Quantity.counted(kind.blocks(of: totals.cost), "block"))"
    default: return "of \(value) in all"
    }
  }

  /// Why a ranking is empty.
  static func nothing(_ kind: CostKind, _ profile: HeapProfile) -> String {
    if kind.isBytes, kind.blocks(of: profile.totals.cost) > 0 || hasEmptyBlocksAlone(profile) {
      return "every block was of 0 bytes"
    }
    if kind == .peak, profile.isOfMoment { return "nothing was live then" }
    return kind.nothing
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
    case .peak, .ownPeak:
      return "in \(Quantity.counted(blocks, "block"))"
        + each(value, blocks, cost.sizes.range, isOfThese: false)
    case .live:
      return "in \(Quantity.counted(blocks, "block"))" + each(value, blocks, cost.liveSizes.range)
    case .leaked:
      return "in \(Quantity.counted(blocks, "block"))" + each(value, blocks, cost.leakedSizes.range)
    case .allocations:
      return "\(Quantity.bytes(cost.allocatedBytes)) in all"
        + each(cost.allocatedBytes, blocks, cost.sizes.range)
    case .copied:
      return "in \(Quantity.counted(blocks, "move"))" + each(value, blocks, nil)
    case .wasted:
      return "\(Quantity.percent(value, of: cost.allocatedBytes)) of "
        + "\(Quantity.bytes(cost.allocatedBytes)), in \(Quantity.counted(blocks, "reallocation"))"
    case let kind where kind.isBytes:
      return "in \(Quantity.counted(blocks, "allocation"))"
        + each(value, blocks, kind == .bytes ? cost.sizes.range : nil)
    default:
      let share = Quantity.percent(value, of: cost.allocations)
      return "\(share) of this stack's \(Quantity.grouped(cost.allocations))"
    }
  }

  /// The size of an entry's blocks, if there are any: one, a range, or, of those that are live at the
  /// peak, about what they have on average.
  static func size(_ kind: CostKind, _ cost: StackCost) -> String {
    let sizes =
      switch kind {
      case .live: cost.liveSizes.range
      case .leaked: cost.leakedSizes.range
      default: cost.sizes.range
      }
    if let sizes, sizes.lowerBound == sizes.upperBound { return Quantity.bytes(sizes.lowerBound) }
    if let sizes, kind == .live || kind == .leaked { return Quantity.range(sizes) }
    let blocks = max(1, kind.blocks(of: cost))
    let average = Quantity.bytes(kind.value(of: cost) / blocks)
    return blocks == 1 ? average : "~\(average)"
  }

  /// What one of several blocks has: their size if it is one, the range of their sizes, or, where
  /// `sizes` are those of other blocks as well, the average.
  private static func each(
    _ bytes: Int, _ count: Int, _ sizes: ClosedRange<Int>?, isOfThese: Bool = true
  ) -> String {
    guard count > 1 else { return "" }
    if let sizes, sizes.lowerBound == sizes.upperBound {
      return ", \(Quantity.bytes(sizes.lowerBound)) each"
    }
    if let sizes, isOfThese { return ", \(Quantity.range(sizes)) each" }
    let average = Quantity.bytes(UInt64((Double(bytes) / Double(count)).rounded()))
    return ", \(average) on average"
  }
}

extension HeapProfile {
  /// Whether its blocks are those that were live at one moment, the window's end.
  var isOfMoment: Bool { selection?.query.choice.isOfMoment ?? false }
}
