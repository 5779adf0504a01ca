import TraceFormat

/// All stacks of a trace: a tree of frames, each known by its parent and its program counter.
///
/// No two nodes have the same parent and program counter, and a parent's number is always smaller
/// than its children's: one backward pass over the ids sums any cost from leaves to callers.
///
/// A program has far fewer distinct program counters than nodes: a node holds the number of one.
public struct StackTree: Sendable {
  /// A program counter that occurs in the tree.
  public struct Location: Sendable, Hashable {
    public let programCounter: ProgramCounter
    /// The module that it stood in, `nil` if none was known there.
    public let module: ModuleID?
    /// What the trace says of a frame that is no machine address.
    public let recorded: RecordedLocation?

    public init(
      programCounter: ProgramCounter, module: ModuleID?, recorded: RecordedLocation? = nil
    ) {
      self.programCounter = programCounter
      self.module = module
      self.recorded = recorded
    }
  }

  /// By node: the parent's number in the upper half, the place in `locations` in the lower.
  private let keys: [UInt64]
  /// Each program counter of the tree once; the first is the root's, which means nothing.
  public let locations: [Location]

  /// A tree of the given nodes; element 0 stands for the root.
  ///
  /// - Precondition: not empty, each parent precedes its child, each location is there.
  init(keys: [UInt64], locations: [Location]) {
    precondition(!keys.isEmpty, "a tree has a root")
    for (node, key) in keys.enumerated() {
      precondition(key >> 32 < max(1, node), "parents precede their children")
      precondition(key & UInt64(UInt32.max) < locations.count, "each node has a location")
    }
    self.keys = keys
    self.locations = locations
  }

  /// A tree of the given nodes; element 0 of each array stands for the root.
  ///
  /// - Precondition: the arrays are equally long, not empty, and each parent precedes its child.
  public init(parents: [StackID], programCounters: [ProgramCounter], modules: [ModuleID?]) {
    precondition(
      parents.count == programCounters.count && parents.count == modules.count,
      "one element of each column per node")
    self.init(
      keys: parents.enumerated().map { Self.key(parent: $1, location: UInt32($0)) },
      locations: zip(programCounters, modules).map { Location(programCounter: $0, module: $1) })
  }

  static func key(parent: StackID, location: UInt32) -> UInt64 {
    UInt64(parent.rawValue) << 32 | UInt64(location)
  }

  /// Number of nodes, the root included: ids are 0 ..< count.
  public var count: Int { keys.count }

  /// Every node but the root, parents before children.
  public var nodes: some Collection<StackID> & Sendable {
    (1..<max(1, UInt32(count))).lazy.map(StackID.init(rawValue:))
  }

  /// The caller's node; the root's parent is the root.
  public func parent(of stack: StackID) -> StackID {
    StackID(rawValue: UInt32(truncatingIfNeeded: keys[Int(stack.rawValue)] >> 32))
  }

  /// The place of the frame's address in `locations`.
  public func locationIndex(of stack: StackID) -> Int {
    Int(UInt32(truncatingIfNeeded: keys[Int(stack.rawValue)]))
  }

  /// The frame's address; meaningless for the root.
  public func programCounter(of stack: StackID) -> ProgramCounter {
    locations[locationIndex(of: stack)].programCounter
  }

  /// The module that the frame's address stood in, `nil` if none was known there.
  public func module(of stack: StackID) -> ModuleID? { locations[locationIndex(of: stack)].module }

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
