import HeapModel
import TraceFormat

/// What the allocations of one distinct stack cost: the members of `Costs` are its own, too.
@dynamicMemberLookup
public struct StackCost: Sendable, Hashable {
  /// The innermost frame's node.
  public let stack: StackID
  public var costs: Costs

  public init(stack: StackID, _ costs: Costs = Costs()) {
    self.stack = stack
    self.costs = costs
  }

  @inlinable public subscript<Value>(dynamicMember member: WritableKeyPath<Costs, Value>) -> Value {
    get { costs[keyPath: member] }
    set { costs[keyPath: member] = newValue }
  }

  /// Adds another stack's cost.
  public mutating func add(_ other: StackCost) { costs.add(other.costs) }
}
