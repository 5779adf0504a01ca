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
    let stack: Int
    /// Of its frames, in the tree's order.
    let level: Int
  }

  private let names: PresentedStacks
  private let kind: CostKind
  private let isBottomUp: Bool
  /// The frames of each stack in the tree's order; nil of stacks that are no part of it.
  private let frames: [[UInt32]?]

  /// Complexity: linear in the frames of all stacks that have some of the cost.
  init(_ names: PresentedStacks, by kind: CostKind, isBottomUp: Bool) {
    self.init(
      names, by: kind, isBottomUp: isBottomUp,
      frames: names.stacks.map { stack in
        guard kind.blocks(of: stack.cost) > 0 else { return nil }
        let frames = names.frameNodes(of: stack)
        return isBottomUp ? frames : frames.reversed()
      })
  }

  private init(
    _ names: PresentedStacks, by kind: CostKind, isBottomUp: Bool, frames: [[UInt32]?]
  ) {
    self.names = names
    self.kind = kind
    self.isBottomUp = isBottomUp
    self.frames = frames
  }

  /// The callers of functions as a tree, each below the one that it calls, and what they call; of
  /// stacks that pass several of them the outermost counts.
  static func around(
    _ names: PresentedStacks, by kind: CostKind, _ isMatch: (PresentedStacks.Function) -> Bool
  ) -> (callers: CallTree, callees: CallTree) {
    let matches = names.functions.map { isMatch($0.function) }
    var callers: [[UInt32]?] = []
    var callees: [[UInt32]?] = []
    for stack in names.stacks {
      let frames = kind.blocks(of: stack.cost) > 0 ? names.frameNodes(of: stack) : []
      let place = frames.lastIndex { matches[Int(names.nodes[Int($0)].function)] }
      callers.append(place.map { Array(frames[$0...]) })
      callees.append(place.map { frames[...$0].reversed() })
    }
    return (
      CallTree(names, by: kind, isBottomUp: true, frames: callers),
      CallTree(names, by: kind, isBottomUp: false, frames: callees)
    )
  }

  /// The first level, costliest first.
  var roots: [Node] {
    nodes(of: frames.indices.filter { frames[$0] != nil }.map { Path(stack: $0, level: 0) })
  }

  /// The next level below a node, costliest first.
  func children(of node: Node) -> [Node] {
    nodes(
      of: node.paths.compactMap { path in
        path.level + 1 < (frames[path.stack]?.count ?? 0)
          ? Path(stack: path.stack, level: path.level + 1) : nil
      })
  }

  /// The frame where a path stands; 0 of a stack without any.
  private func node(of path: Path) -> UInt32 {
    guard let frames = frames[path.stack], path.level < frames.count else { return 0 }
    return frames[path.level]
  }

  private func nodes(of paths: [Path]) -> [Node] {
    var nodes: [Node] = []
    var places: [UInt32?: Int] = [:]
    for path in paths {
      let node = node(of: path)
      let function = node == 0 ? nil : names.nodes[Int(node)].function
      let place = places[function] ?? nodes.count
      if place == nodes.count {
        places[function] = place
        nodes.append(Node(function: function, frame: names.frame(ofNode: node)))
      } else if nodes[place].paths.last.map(self.node(of:)) != node,
        let other = names.frame(ofNode: node)
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
    isBottomUp ? path.level == 0 : path.level + 1 >= (frames[path.stack]?.count ?? 0)
  }
}
