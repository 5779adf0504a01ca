import Symbolization

/// The stacks of one cost as a tree of folded names, in which siblings have distinct names and are
/// sorted by them. Subtrees without any cost are not part of it.
struct FoldedTree {
  /// A node's index in `nodes`.
  typealias Index = Int

  private struct Node {
    /// Position of the name in `names`, which is its rank among all names.
    let name: UInt32
    var ownValue = 0
    var hasCost = false
    /// Of its children in `order`.
    var children = 0..<0
  }

  private let names: [[UInt8]]
  private var nodes: [Node]
  /// All nodes but the root, sorted by parent, then by name.
  private var order: [Index] = []

  /// Folds the presented stacks that have some of a cost; with `simplifiesNames` functions whose
  /// names simplify to one are one.
  init(_ stacks: PresentedStacks, _ kind: CostKind, simplifiesNames: Bool = false) {
    let folded = stacks.functions.map { function in
      let name = function.function.name
      return FoldedName.name(simplifiesNames ? NameSimplifier.simplify(name) : name)
    }
    let sorted = Set(folded).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let ranks = Dictionary(
      zip(sorted, UInt32(0)...), uniquingKeysWith: { first, _ in first })
    let rankOfFunction = folded.map { ranks[$0] ?? 0 }
    names = sorted.map { Array($0.utf8) }
    nodes = [Node(name: 0)]

    // Presented parents precede their children, so their folded nodes are there already.
    var foldedNodes = [Index](repeating: 0, count: stacks.nodes.count)
    var parents = [0]
    var keys: [UInt64: Index] = [:]
    for (index, node) in stacks.nodes.enumerated().dropFirst() {
      let parent = foldedNodes[Int(node.parent)]
      let rank = rankOfFunction[Int(node.function)]
      let key = UInt64(parent) << 32 | UInt64(rank)
      if let known = keys[key] {
        foldedNodes[index] = known
      } else {
        keys[key] = nodes.count
        foldedNodes[index] = nodes.count
        nodes.append(Node(name: rank))
        parents.append(parent)
      }
    }
    for stack in stacks.stacks {
      let value = kind.value(of: stack.cost)
      guard value > 0 else { continue }
      let index = foldedNodes[Int(stack.id.node)]
      nodes[index].ownValue += value
      nodes[index].hasCost = true
    }
    for index in nodes.indices.dropFirst().reversed() where nodes[index].hasCost {
      nodes[parents[index]].hasCost = true
    }

    let sortedKeys = keys.filter { nodes[$0.value].hasCost }.sorted { $0.key < $1.key }
    order = sortedKeys.map(\.value)
    var start = 0
    while start < order.count {
      let parent = parents[order[start]]
      var end = start + 1
      while end < order.count, parents[order[end]] == parent { end += 1 }
      nodes[parent].children = start..<end
      start = end
    }
  }

  /// The outermost functions.
  var roots: ArraySlice<Index> { children(of: 0) }
  /// The cost of allocations without any recorded frame.
  var valueWithoutStack: Int { nodes[0].ownValue }

  func children(of node: Index) -> ArraySlice<Index> { order[nodes[node].children] }
  func name(of node: Index) -> [UInt8] { names[Int(nodes[node].name)] }
  func value(of node: Index) -> Int { nodes[node].ownValue }
}
