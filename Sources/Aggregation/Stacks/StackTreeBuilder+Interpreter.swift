import HeapModel
import TraceFormat

/// Puts interpreted code into the native stack that runs it.
///
/// The recorder keeps both apart, since either changes without the other: an interpreter's stack is a
/// path of its own, in runs that name the native frame whose call of the evaluation loop they are.
extension StackTreeBuilder {
  /// Whether a node is no stack by itself but part of an interpreter's path.
  static func isOfInterpreter(_ node: StackNode) -> Bool {
    switch ProgramCounter(rawValue: node.programCounter).kind {
    case .recorded, .interpreterRun: true
    case .code, .awaiting, .marker, .asyncCallers, .interpreterStack, .otherBlocks: false
    }
  }

  /// Places a native stack with the runs of a path between its frames. What is said to be run by a
  /// frame that is not there comes below the innermost.
  mutating func join(_ path: [UInt64], _ native: StackID) -> StackID {
    var frames: [UInt32] = []
    var current = native
    while current != .root {
      frames.append(location(of: current))
      current = parent(of: current)
    }
    var remaining = path[...]
    for (depth, frame) in frames.reversed().enumerated() {
      current = place(location: frame, below: current)
      current = placeRun(of: depth, &remaining, below: current)
    }
    for counter in remaining {
      guard case .recorded = ProgramCounter(rawValue: counter).kind else { continue }
      current = place(counter, below: current)
    }
    return current
  }

  /// Places what the frame at a depth runs, if that comes next.
  private mutating func placeRun(
    of depth: Int, _ remaining: inout ArraySlice<UInt64>, below frame: StackID
  ) -> StackID {
    var current = frame
    guard let first = remaining.first,
      case .interpreterRun(depth) = ProgramCounter(rawValue: first).kind
    else { return current }
    remaining.removeFirst()
    while let counter = remaining.first,
      case .recorded = ProgramCounter(rawValue: counter).kind
    {
      current = place(counter, below: current)
      remaining.removeFirst()
    }
    return current
  }
}
