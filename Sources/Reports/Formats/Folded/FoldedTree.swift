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

  /// Folds the stacks that have some of a cost; with `simplifiesNames` functions whose names
  /// simplify to one are one.
  init(_ export: StackExport, _ kind: CostKind, simplifiesNames: Bool = false) {
    let folded = export.functions.map { function in
      FoldedName.name(
        simplifiesNames ? NameSimplifier.simplify(function.name) : function.name)
    }
    let sorted = Set(folded).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let ranks = Dictionary(
      zip(sorted, UInt32(0)...), uniquingKeysWith: { first, _ in first })
    // The outermost function first: a caller is a node above those that were inlined into it.
    let ranksOfLocation = export.locations.map { location in
      location.lines.reversed().map { ranks[folded[$0.function]] ?? 0 }
    }
    names = sorted.map { Array($0.utf8) }
    nodes = [Node(name: 0)]

    // Parents precede their children, so their folded nodes are there already.
    var foldedNodes = [Index](repeating: 0, count: export.nodes.count)
    var parents = [0]
    var keys: [UInt64: Index] = [:]
    for (index, node) in export.nodes.enumerated().dropFirst() {
      var folded = foldedNodes[node.parent]
      for rank in ranksOfLocation[node.location] {
        let key = UInt64(folded) << 32 | UInt64(rank)
        if let known = keys[key] {
          folded = known
        } else {
          keys[key] = nodes.count
          nodes.append(Node(name: rank))
          parents.append(folded)
          folded = nodes.count - 1
        }
      }
      foldedNodes[index] = folded
    }
    for stack in export.stacks {
      let value = kind.value(of: stack.cost)
      guard value > 0 else { continue }
      let index = foldedNodes[stack.node]
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
