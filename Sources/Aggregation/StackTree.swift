import TraceFormat

/// All stacks of a trace: a tree of frames, each known by its parent and its program counter.
///
/// No two nodes have the same parent and program counter, and a parent's number is always smaller
/// than its children's: one backward pass over the ids sums any cost from leaves to callers.
public struct StackTree: Sendable {
  private let parents: [StackID]
  private let programCounters: [ProgramCounter]
  private let moduleIDs: [ModuleID?]

  /// A tree of the given nodes; element 0 of each array stands for the root.
  ///
  /// - Precondition: the arrays are equally long, not empty, and each parent precedes its child.
  public init(parents: [StackID], programCounters: [ProgramCounter], modules: [ModuleID?]) {
    precondition(!parents.isEmpty, "a tree has a root")
    precondition(
      parents.count == programCounters.count && parents.count == modules.count,
      "one element of each column per node")
    precondition(
      parents.indices.dropFirst().allSatisfy { Int(parents[$0].rawValue) < $0 },
      "parents precede their children")
    self.parents = parents
    self.programCounters = programCounters
    self.moduleIDs = modules
  }

  /// Number of nodes, the root included: ids are 0 ..< count.
  public var count: Int { parents.count }

  /// Every node but the root, parents before children.
  public var nodes: some Collection<StackID> & Sendable {
    (1..<max(1, UInt32(count))).lazy.map(StackID.init(rawValue:))
  }

  /// The caller's node; the root's parent is the root.
  public func parent(of stack: StackID) -> StackID { parents[Int(stack.rawValue)] }

  /// The frame's address; meaningless for the root.
  public func programCounter(of stack: StackID) -> ProgramCounter {
    programCounters[Int(stack.rawValue)]
  }

  /// The module that the frame's address stood in, `nil` if none was known there.
  public func module(of stack: StackID) -> ModuleID? { moduleIDs[Int(stack.rawValue)] }

  /// The frames of a stack from the innermost to the outermost. O(depth).
  public func frames(of stack: StackID) -> [StackID] {
    var frames: [StackID] = []
    var node = stack
    while node != .root {
      frames.append(node)
      node = parent(of: node)
    }
    return frames
  }
}
