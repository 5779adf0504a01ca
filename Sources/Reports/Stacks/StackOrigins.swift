import Aggregation

/// Where a cost comes from: stacks that are the same from their innermost function out to the first
/// of the program's own are one origin, whoever called that. A function that is called from
/// everywhere shows as one, while `main` does not swallow all that it has libraries do.
struct StackOrigins {
  struct Origin {
    /// The sum over its stacks.
    var cost: StackCost
    var stacks = 1
    /// Its stack with most of the cost.
    var largest: PresentedStack
  }

  let origins: [Origin]

  /// Sums up the stacks that have some of a cost. O(their frames).
  init(_ names: PresentedStacks, by kind: CostKind) {
    var numbers = ChildNumbering(rootLabel: .max)
    var origins: [Origin] = []
    var indices: [UInt32: Int] = [:]
    for stack in names.stacks where kind.blocks(of: stack.cost) > 0 {
      let number = Self.number(of: stack, in: names, &numbers)
      guard let index = indices[number] else {
        indices[number] = origins.count
        origins.append(Origin(cost: stack.cost, largest: stack))
        continue
      }
      origins[index].cost.add(stack.cost)
      origins[index].stacks += 1
      if kind.value(of: stack.cost) > kind.value(of: origins[index].largest.cost) {
        origins[index].largest = stack
      }
    }
    self.origins = origins
  }

  /// A number for the functions from the innermost to the first of the program's own; where there is
  /// none, for the whole stack.
  private static func number(
    of stack: PresentedStack, in names: PresentedStacks, _ numbers: inout ChildNumbering
  ) -> UInt32 {
    var number: UInt32 = 0
    var node = stack.id.node
    while node != 0 {
      let function = names.nodes[Int(node)].function
      number = numbers.child(of: number, label: function)
      if names.functions[Int(function)].action == .show { break }
      node = names.nodes[Int(node)].parent
    }
    return number
  }

  /// The costliest, the first costliest; equal ones by their blocks, then as in the trace.
  func ranked(by kind: CostKind, limit: Int) -> [Origin] {
    var best = BoundedRanking<Origin>(limit: limit) { left, right in
      let values = (kind.value(of: left.cost), kind.value(of: right.cost))
      if values.0 != values.1 { return values.0 > values.1 }
      let blocks = (kind.blocks(of: left.cost), kind.blocks(of: right.cost))
      return blocks.0 != blocks.1 ? blocks.0 > blocks.1 : left.largest.id < right.largest.id
    }
    for origin in origins { best.insert(origin) }
    return best.elements
  }
}
