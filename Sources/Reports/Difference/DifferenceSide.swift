import Aggregation

/// One of two traces as a difference sees it: its stacks or groups, and what they are known by.
struct DifferenceSide {
  /// A stack or a group.
  struct Entry {
    let name: TraceDifference.Name
    let cost: StackCost
  }

  private(set) var entries: [Entry] = []
  private(set) var matched = StackMatching.Side()

  /// Takes the stacks or groups of a trace apart; both sides use the same numbers.
  ///
  /// Complexity: linear in the presented nodes.
  init(
    _ trace: AnalyzedTrace, _ question: TraceDifference.Question, _ numbers: inout NameNumbers
  ) {
    if question.grouping == .stack {
      addStacks(of: trace, &numbers)
    } else {
      addGroups(of: trace, question, &numbers)
    }
  }

  private mutating func addStacks(of trace: AnalyzedTrace, _ numbers: inout NameNumbers) {
    let stacks = trace.stacks
    let compared = ComparedNames(trace.profile)
    let functions = stacks.functions.map { rated in
      Self.key(
        compared.names(
          function: rated.function.name, modulePath: rated.function.modulePath), &numbers)
    }
    var keys = [StackMatching.Stack(build: 0, module: 0, name: 0, plainName: 0)]
    keys.reserveCapacity(stacks.nodes.count)
    for node in stacks.nodes.dropFirst() {
      let caller = keys[Int(node.parent)]
      let function = functions[Int(node.function)]
      keys.append(
        StackMatching.Stack(
          build: numbers.number(caller.build, calls: function.build),
          module: numbers.number(caller.module, calls: function.module),
          name: numbers.number(caller.name, calls: function.name),
          plainName: numbers.number(caller.plainName, calls: function.plainName)))
    }
    for stack in stacks.stacks { add(.stack(stack), stack.cost, keys[Int(stack.id.node)]) }
    matched.names = Set(functions.map(\.plainName))
    for node in stacks.nodes.dropFirst() where node.isInlined {
      matched.inlinedNames.insert(functions[Int(node.function)].plainName)
    }
    let list = stacks.stacks
    matched.frames = { index in
      var frames: [StackMatching.Frame] = []
      var node = stacks.nodes[Int(list[index].id.node)]
      var number = list[index].id.node
      while number != 0 {
        frames.append(
          StackMatching.Frame(
            name: functions[Int(node.function)].plainName, isInlined: node.isInlined))
        number = node.parent
        node = stacks.nodes[Int(number)]
      }
      return frames
    }
  }

  private mutating func addGroups(
    of trace: AnalyzedTrace, _ question: TraceDifference.Question, _ numbers: inout NameNumbers
  ) {
    let compared = ComparedNames(trace.profile)
    let groups = CostGroup.groups(
      of: trace, by: question.grouping, isAskedByGroup: !question.kind.isAdditive)
    for group in groups {
      let cost = question.isInclusive ? group.inclusive ?? group.own : group.own
      guard cost.allocations > 0 else { continue }
      add(.group(group.label), cost, Self.key(compared.names(group.label), &numbers))
    }
  }

  private mutating func add(
    _ name: TraceDifference.Name, _ cost: StackCost, _ key: StackMatching.Stack
  ) {
    entries.append(Entry(name: name, cost: cost))
    var stack = key
    stack.amount = StackMatching.Amount(
      allocations: cost.allocations, bytes: cost.allocatedBytes)
    matched.stacks.append(stack)
  }

  private static func key(
    _ names: ComparedNames.Names, _ numbers: inout NameNumbers
  ) -> StackMatching.Stack {
    // Names of different strictness have numbers of their own.
    StackMatching.Stack(
      build: numbers.number("b" + names.build), module: numbers.number("m" + names.module),
      name: numbers.number("n" + names.name), plainName: numbers.number("p" + names.plainName))
  }
}
