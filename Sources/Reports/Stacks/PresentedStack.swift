import Aggregation

/// One distinct stack as reports show it, and what the allocations made there cost.
///
/// Recorded stacks that differ in addresses alone are one presented stack: its cost is their
/// exact sum.
public struct PresentedStack: Sendable, Identifiable {
  /// Names a presented stack within its `PresentedStacks`.
  public struct ID: Hashable, Comparable, Sendable {
    let node: UInt32

    public static func < (left: ID, right: ID) -> Bool { left.node < right.node }
  }

  public let id: ID
  /// The sum over all recorded stacks that are presented as this one; its `stack` is one of them.
  public internal(set) var cost: StackCost
  /// Nodes of `PresentedStacks.placedNodes`: the stack at each of its places, not all distinct.
  var variants: [UInt32]
}
