import HeapModel
import TraceFormat

/// Puts async callers where people look for them.
///
/// The recorder appends them to a native stack that it knows already: below its leaf, after a node
/// that says whose callers they are. In the tree they stand between that frame and the runtime that
/// resumed the task, so that a stack reads as if every await were a call.
extension StackTreeBuilder {
  /// Whether a node belongs to a chain of async callers: says where one begins, is a caller, or the
  /// mark that callers are missing, which ends native stacks only at the root.
  static func isOfAsyncCallers(_ node: StackNode) -> Bool {
    switch ProgramCounter(rawValue: node.programCounter).kind {
    case .awaiting, .asyncCallers: true
    case .marker(.cut): node.parent != 0
    case .code, .marker(.broken), .recorded, .interpreterRun, .interpreterStack, .otherBlocks: false
    }
  }

  /// Places a stack that has async callers.
  ///
  /// - Parameters:
  ///   - callers: their nodes, from the outermost to the innermost.
  ///   - frame: whose callers they are, counted from the native stack's leaf.
  ///   - leaf: the native stack.
  /// - Returns: the stack with its callers.
  mutating func splice(_ callers: [StackNode], aboveFrame frame: Int, of leaf: StackID) -> StackID {
    // The native frames from the leaf to the one that is awaited.
    var resumed: [UInt32] = []
    var current = leaf
    while current != .root, resumed.count <= frame {
      resumed.append(location(of: current))
      current = parent(of: current)
    }
    for caller in callers { current = place(caller.programCounter, below: current) }
    for location in resumed.reversed() { current = place(location: location, below: current) }
    return current
  }
}
