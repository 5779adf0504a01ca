import TraceFormat

extension HeapProfile {
  /// What the blocks cost that malloc does not serve, but a runtime from mappings of its own: part of
  /// `totals`. `nil` if the trace has none.
  public var objects: StackCost? {
    guard stacks.locations.contains(where: { $0.programCounter.kind == .otherBlocks }) else {
      return nil
    }
    var sum = StackCost(stack: .root)
    for cost in costs where stacks.programCounter(of: cost.stack).kind == .otherBlocks {
      sum.add(cost)
    }
    return sum
  }
}
