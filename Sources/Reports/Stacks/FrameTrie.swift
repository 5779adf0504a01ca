import Aggregation

/// A tree of frames in which children of one parent have distinct functions: stacks that only
/// differ in addresses meet in one node. Parents precede their children.
struct FrameTrie {
  /// A function called at a place, as one stack has it.
  struct Frame {
    /// Index of the function in its `PresentedStacks`.
    let function: UInt32
    /// Index of the file, or `PresentedStacks.Node.unknown`.
    let file: UInt32
    /// 0 if unknown or ambiguous.
    let line: UInt32
    let isInlined: Bool
  }

  /// Node 0 is the root.
  private(set) var nodes = [
    PresentedStacks.Node(
      parent: 0, function: 0, file: PresentedStacks.Node.unknown, line: 0, isInlined: false)
  ]
  /// The same nodes by parent and function; the root is of none.
  private var numbers: ChildNumbering

  /// - Parameter capacity: nodes that fit before the memory grows.
  init(capacity: Int) {
    nodes.reserveCapacity(capacity)
    numbers = ChildNumbering(rootLabel: .max, capacity: capacity)
  }

  /// The function of a node; nil for the root.
  func function(of node: UInt32) -> UInt32? { node == 0 ? nil : nodes[Int(node)].function }

  /// The node of a frame below its caller's; keeps of the frame's place what all stacks agree on.
  mutating func child(of parent: UInt32, _ frame: Frame) -> UInt32 {
    let index = numbers.child(of: parent, label: frame.function)
    guard index == nodes.count else {
      if nodes[Int(index)].file != frame.file {
        nodes[Int(index)].file = PresentedStacks.Node.unknown
        nodes[Int(index)].line = 0
      } else if nodes[Int(index)].line != frame.line {
        nodes[Int(index)].line = 0
      }
      return index
    }
    nodes.append(
      PresentedStacks.Node(
        parent: parent, function: frame.function, file: frame.file, line: frame.line,
        isInlined: frame.isInlined))
    return index
  }
}
