import Aggregation

extension PresentedStacks {
  /// By number of the recorded stack: the presented one, as a query's groups. What is grouped so
  /// has the own peaks of presented stacks, which are no sums of those of recorded ones.
  public var groups: [UInt32] { nodeOfRecorded }

  /// The same with stacks apart whose frames differ in any, shown or not: what suppressions see.
  public var wholeGroups: [UInt32] { wholeNodeOfRecorded }

  /// The same with stacks apart that differ in lines, numbered below `placeGroupCount`.
  package var placeGroups: [UInt32] { placedNodeOfRecorded }
  package var placeGroupCount: Int { placedNodes.count }

  /// By number of the recorded stack: whether the presented one allocated so many bytes.
  public func stacks(of costs: [StackCost], from minimumBytes: Int) -> [Bool] {
    var isWanted = [Bool](repeating: false, count: nodes.count)
    for stack in replacingCosts(costs).stacks where stack.cost.allocatedBytes >= minimumBytes {
      isWanted[Int(stack.id.node)] = true
    }
    return nodeOfRecorded.map { isWanted[Int($0)] }
  }
}
