import Aggregation

/// A tree of frames in which children of one parent have distinct labels: their functions, so that
/// stacks that only differ in lines and addresses meet in one node, or their sites. Parents precede
/// their children.
struct FrameTrie {
  /// A function called at a place, as one stack has it.
  struct Frame {
    /// Index of the function in its `PresentedStacks`.
    let function: UInt32
    /// Number of the function together with its place.
    let site: UInt32
    /// Index of the file, or `PresentedStacks.Node.unknown`.
    let file: UInt32
    /// 0 if unknown or ambiguous.
    let line: UInt32
    let isInlined: Bool
    /// See `PresentedFrame`.
    var hasJumped = false
    /// Whether the frame stands for itself and for calls of itself.
    var isRecursive = false
  }

  /// What tells the children of a node apart.
  enum Label { case function, site }

  /// Node 0 is the root.
  private(set) var nodes = [
    PresentedStacks.Node(
      parent: 0,
      Frame(function: 0, site: 0, file: PresentedStacks.Node.unknown, line: 0, isInlined: false))
  ]
  private let label: Label
  /// The same nodes by parent and label; the root is of none.
  private var numbers: ChildNumbering

  /// An empty trie, in which `capacity` nodes fit before the memory grows.
  init(_ label: Label, capacity: Int) {
    self.label = label
    nodes.reserveCapacity(capacity)
    numbers = ChildNumbering(rootLabel: .max, capacity: capacity)
  }

  /// The same paths as those of another tree, and the node here of each node there.
  static func merging(
    _ others: [PresentedStacks.Node], by label: Label
  ) -> (trie: FrameTrie, nodes: [UInt32]) {
    var trie = FrameTrie(label, capacity: others.count)
    var merged = [UInt32](repeating: 0, count: others.count)
    for (index, node) in others.enumerated().dropFirst() {
      merged[index] = trie.child(of: merged[Int(node.parent)], node.frame)
    }
    return (trie, merged)
  }

  /// The function of a node; nil for the root.
  func function(of node: UInt32) -> UInt32? { node == 0 ? nil : nodes[Int(node)].function }

  /// The node of a frame below its caller's; keeps of the frame's place what all stacks agree on.
  mutating func child(of parent: UInt32, _ frame: Frame) -> UInt32 {
    let index = numbers.child(of: parent, label: label == .site ? frame.site : frame.function)
    guard index == nodes.count else {
      nodes[Int(index)].take(frame)
      return index
    }
    nodes.append(PresentedStacks.Node(parent: parent, frame))
    return index
  }
}

extension PresentedStacks.Node {
  fileprivate init(parent: UInt32, _ frame: FrameTrie.Frame) {
    self.init(
      parent: parent, function: frame.function, site: frame.site, file: frame.file,
      line: frame.line, isInlined: frame.isInlined, hasJumped: frame.hasJumped,
      isRecursive: frame.isRecursive)
  }

  var frame: FrameTrie.Frame {
    FrameTrie.Frame(
      function: function, site: site, file: file, line: line, isInlined: isInlined,
      hasJumped: hasJumped, isRecursive: isRecursive)
  }

  /// Joins another frame of the same function.
  fileprivate mutating func take(_ frame: FrameTrie.Frame) {
    if file != frame.file {
      file = PresentedStacks.Node.unknown
      line = 0
    } else if line != frame.line {
      line = 0
    }
    if frame.isRecursive { isRecursive = true }
    if !frame.hasJumped { hasJumped = false }
  }
}
