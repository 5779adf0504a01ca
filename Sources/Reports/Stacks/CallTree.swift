import Aggregation

/// One cost as a tree of calls: from the outermost functions down to what allocated, or bottom up
/// from there to the callers.
///
/// Nodes are opened one level at a time, the costliest first, so that only what is shown is ever
/// built. A node stands for a path of functions: recursion adds levels and counts nothing twice.
struct CallTree {
  struct Node {
    /// Index in `PresentedStacks.functions`; nil of stacks without any frame.
    let function: UInt32?
    /// A frame that stands for all of the node's: without the place where they differ in it.
    fileprivate(set) var frame: PresentedFrame?
    /// The sum over all stacks that pass here.
    var value = 0
    var blocks = 0
    /// Of stacks that end here: top down, those whose innermost function it is; bottom up, those
    /// that begin here.
    var ownValue = 0
    fileprivate var paths: [Path] = []
  }

  /// A presented stack on its way through the tree.
  fileprivate struct Path {
    /// The presented node that is next.
    let node: UInt32
    /// Top down: how many frames are below it.
    let depth: Int
    let stack: Int
  }

  private let names: PresentedStacks
  private let kind: CostKind
  private let isBottomUp: Bool
  /// Top down: the frames of each stack, outermost first, as they are needed.
  private let outermostFirst: [[UInt32]]

  /// Complexity: linear in the frames of all stacks that have some of the cost.
  init(_ names: PresentedStacks, by kind: CostKind, isBottomUp: Bool) {
    self.names = names
    self.kind = kind
    self.isBottomUp = isBottomUp
    outermostFirst =
      isBottomUp
      ? []
      : names.stacks.map { stack in
        guard kind.blocks(of: stack.cost) > 0 else { return [] }
        var nodes: [UInt32] = []
        var node = stack.id.node
        while node != 0 {
          nodes.append(node)
          node = names.nodes[Int(node)].parent
        }
        return nodes.reversed()
      }
  }

  /// The first level, costliest first.
  var roots: [Node] {
    var paths: [Path] = []
    for (index, stack) in names.stacks.enumerated() where kind.blocks(of: stack.cost) > 0 {
      let first = isBottomUp ? stack.id.node : outermostFirst[index].first ?? 0
      paths.append(Path(node: first, depth: 0, stack: index))
    }
    return nodes(of: paths)
  }

  /// The next level below a node, costliest first.
  func children(of node: Node) -> [Node] {
    nodes(
      of: node.paths.compactMap { path in
        let depth = path.depth + 1
        if isBottomUp {
          let caller = names.nodes[Int(path.node)].parent
          return caller == 0
            ? nil : Path(node: caller, depth: depth, stack: path.stack)
        }
        let frames = outermostFirst[path.stack]
        return depth < frames.count
          ? Path(node: frames[depth], depth: depth, stack: path.stack) : nil
      })
  }

  private func nodes(of paths: [Path]) -> [Node] {
    var nodes: [Node] = []
    var places: [UInt32?: Int] = [:]
    for path in paths {
      let function = path.node == 0 ? nil : names.nodes[Int(path.node)].function
      let place = places[function] ?? nodes.count
      if place == nodes.count {
        places[function] = place
        nodes.append(Node(function: function, frame: names.frame(ofNode: path.node)))
      } else if nodes[place].paths.last?.node != path.node,
        let other = names.frame(ofNode: path.node)
      {
        nodes[place].frame = nodes[place].frame?.common(with: other)
      }
      let cost = names.stacks[path.stack].cost
      nodes[place].value += kind.value(of: cost)
      nodes[place].blocks += kind.blocks(of: cost)
      if isLast(path) { nodes[place].ownValue += kind.value(of: cost) }
      nodes[place].paths.append(path)
    }
    // By their first appearance where they cost the same.
    return nodes.enumerated().sorted {
      ($0.element.value, $0.element.blocks, $1.offset)
        > ($1.element.value, $1.element.blocks, $0.offset)
    }.map(\.element)
  }

  private func isLast(_ path: Path) -> Bool {
    isBottomUp ? path.depth == 0 : path.depth + 1 >= outermostFirst[path.stack].count
  }
}
