/// Folds recursion: where the same calls follow themselves on a stack, however often, one round of
/// them stays, the innermost, whose lines say how the stack came to its end. So a tree that is walked
/// a thousand levels deep gives one stack and not a thousand.
struct RecursionFolding {
  /// The folded stacks.
  private(set) var trie: FrameTrie
  /// For each node of the tree, the node of the folded stack.
  private(set) var foldedNodes: [UInt32]

  /// The most functions that call each other in turn and count as one round.
  private static let roundMax = 16

  /// Folds the stacks of a tree whose parents precede their children. O(nodes × `roundMax`).
  init(_ nodes: [PresentedStacks.Node]) {
    trie = FrameTrie(.site, capacity: nodes.count)
    foldedNodes = [UInt32](repeating: 0, count: nodes.count)
    // The innermost functions of a stack and their nodes, from the last one outward.
    var path: [UInt32] = []
    for (index, node) in nodes.enumerated().dropFirst() {
      let parent = foldedNodes[Int(node.parent)]
      // Of most frames there is no round: their function is not on the stack just before.
      guard isNear(node.function, at: parent) else {
        foldedNodes[index] = trie.child(of: parent, node.frame)
        continue
      }
      Self.innermost(of: parent, in: trie, into: &path)
      foldedNodes[index] = append(node.frame, to: parent, path)
    }
  }

  /// Whether a function is among the innermost of a path, as far as a round goes back.
  private func isNear(_ function: UInt32, at node: UInt32) -> Bool {
    var node = node
    for _ in 0..<Self.roundMax where node != 0 {
      let frame = trie.nodes[Int(node)]
      if frame.function == function { return true }
      node = frame.parent
    }
    return false
  }

  /// The last nodes of a path, at most as many as two rounds have.
  private static func innermost(of node: UInt32, in trie: FrameTrie, into path: inout [UInt32]) {
    path.removeAll(keepingCapacity: true)
    var node = node
    while node != 0, path.count < 2 * roundMax {
      path.append(node)
      node = trie.nodes[Int(node)].parent
    }
  }

  private mutating func append(
    _ frame: FrameTrie.Frame, to parent: UInt32, _ path: [UInt32]
  ) -> UInt32 {
    guard let length = roundLength(of: frame.function, behind: path) else {
      return trie.child(of: parent, frame)
    }
    // The round before gives way to the one that ends here.
    var node = trie.nodes[Int(path[2 * length - 2])].parent
    let round = path[..<(length - 1)].reversed().map { trie.nodes[Int($0)].frame } + [frame]
    for var frame in round {
      frame.isRecursive = true
      node = trie.child(of: node, frame)
    }
    return node
  }

  /// How many functions the round has that a function ends, if the same round came just before.
  private func roundLength(of function: UInt32, behind path: [UInt32]) -> Int? {
    func callee(_ place: Int) -> UInt32 { trie.nodes[Int(path[place])].function }
    var length = 1
    while 2 * length - 1 <= path.count, length <= Self.roundMax {
      if callee(length - 1) == function,
        (0..<(length - 1)).allSatisfy({ callee($0) == callee($0 + length) })
      {
        return length
      }
      length += 1
    }
    return nil
  }
}
