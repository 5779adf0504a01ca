import CTraceFormat
import HeapModel
import TraceFormat

/// Builds the stack tree out of a trace's nodes: merges nodes that name the same frame of the same
/// caller, puts callers before callees, and survives nodes that no recorder would write.
struct StackTreeBuilder {
  /// Nodes whose parent chain never reaches the root.
  private(set) var cyclicNodes = 0
  /// Nodes that are used but never defined.
  private(set) var undefinedNodes = 0

  /// As many as a recorder writes, and the mark that there were more.
  private static let asyncCallersLimit = Int(MT_ASYNC_CALLERS_MAX) + 1

  /// Of the root's location: what no frame has.
  private static let rootCounter = UInt64.max

  private let nodes: [StackNode]
  private var states: NodeStates
  /// By number: the nodes of chains of async callers. A chain is read from its end whenever a stack
  /// ends in it, whether or not a stack that ends further inside was placed before.
  private let asyncNodes: [UInt32: StackNode]
  /// By number: the nodes of interpreters' paths, which are read from their ends as well.
  private let interpreterNodes: [UInt32: StackNode]
  /// The program counters met so far.
  private var locations = KeyNumbering()
  /// The tree's nodes by parent and location.
  private var merged: ChildNumbering

  init(_ nodes: [StackNode]) {
    self.nodes = nodes
    states = NodeStates(count: nodes.count)
    let rootLocation = locations.number(of: Self.rootCounter)
    merged = ChildNumbering(rootLabel: rootLocation, capacity: nodes.count + 1)
    asyncNodes = Dictionary(
      nodes.lazy.filter(Self.isOfAsyncCallers).map { ($0.id, $0) },
      uniquingKeysWith: { first, _ in first })
    interpreterNodes = Dictionary(
      nodes.lazy.filter(Self.isOfInterpreter).map { ($0.id, $0) },
      uniquingKeysWith: { first, _ in first })
    states[0] = .placed(StackID.root.rawValue)
    for (index, node) in nodes.enumerated() {
      if case .undefined = states[node.id] { states[node.id] = .defined(at: index) }
    }
    for node in nodes where Self.isStack(node) { _ = stack(of: node.id) }
  }

  /// Whether a node is a stack by itself: not one that only what ends in it gives its place.
  static func isStack(_ node: StackNode) -> Bool {
    !isOfAsyncCallers(node) && !isOfInterpreter(node)
  }

  /// The stack that a trace's node number means. A number without definition is an unknown frame
  /// below the root. Amortized O(1).
  mutating func stack(of number: UInt32) -> StackID {
    switch states[number] {
    case .placed(let id): return StackID(rawValue: id)
    case .defined(let index):
      if Self.isOfAsyncCallers(nodes[index]) { return placeAsync(number) }
      let counter = ProgramCounter(rawValue: nodes[index].programCounter)
      if case .interpreterStack(let node) = counter.kind {
        return placeInterpreted(number, path: node, beside: nodes[index].parent)
      }
      if case .otherBlocks = counter.kind { return placeOtherBlocks(number, index: index) }
      // Callers almost always stand before callees.
      if case .placed(let parent) = states[nodes[index].parent] {
        return place(number, index: index, below: StackID(rawValue: parent))
      }
    case .undefined, .onPath: break
    }
    return placeWithCallers(number)
  }

  private mutating func placeWithCallers(_ number: UInt32) -> StackID {
    // The callers that are not placed yet, innermost first.
    var path: [(number: UInt32, index: Int)] = []
    var current = number
    var caller: StackID?
    while caller == nil {
      switch states[current] {
      case .placed(let id): caller = StackID(rawValue: id)
      case .defined(let index):
        path.append((current, index))
        states[current] = .onPath
        current = nodes[index].parent
      case .undefined:
        undefinedNodes += 1
        caller = placeUnknown(current)
      case .onPath:
        // A circle: where it begins is unknown. The node that closes it stands for that.
        cyclicNodes += 1
        caller = placeUnknown(current)
      }
    }
    var parent = caller ?? .root
    for (member, index) in path.reversed() {
      if case .placed(let id) = states[member] {
        parent = StackID(rawValue: id)
      } else {
        parent = place(member, index: index, below: parent)
      }
    }
    return parent
  }

  private mutating func placeAsync(_ number: UInt32) -> StackID {
    var callers: [StackNode] = []
    var current = number
    while callers.count <= Self.asyncCallersLimit, let node = asyncNodes[current] {
      current = node.parent
      if let frame = ProgramCounter(rawValue: node.programCounter).asyncCallersOfFrame {
        // Only damage nests chains, and would nest them without end.
        if asyncNodes[current] != nil { break }
        let id = splice(callers, aboveFrame: frame, of: stack(of: current))
        states[number] = .placed(id.rawValue)
        return id
      }
      callers.append(node)
    }
    cyclicNodes += 1
    return placeUnknown(number)
  }

  private mutating func placeInterpreted(
    _ number: UInt32, path: UInt32, beside leaf: UInt32
  ) -> StackID {
    states[number] = .onPath  // Only damage leads back here.
    // Only damage nests these, and would nest them without end.
    if isToBePlaced(leaf, where: { $0 == .otherBlocks || $0.isInterpreterStack }) {
      cyclicNodes += 1
      return placeUnknown(number)
    }
    let native = stack(of: leaf)
    let id = join(interpreterPath(to: path), native)
    states[number] = .placed(id.rawValue)
    return id
  }

  /// The stack that it is below may be one that is not placed as its node stands.
  private mutating func placeOtherBlocks(_ number: UInt32, index: Int) -> StackID {
    states[number] = .onPath  // Only damage leads back here.
    let parent = nodes[index].parent
    if isToBePlaced(parent, where: { $0 == .otherBlocks }) {
      cyclicNodes += 1
      return placeUnknown(number)
    }
    return place(number, index: index, below: stack(of: parent))
  }

  /// Whether a node of a certain kind is not placed yet.
  private func isToBePlaced(
    _ number: UInt32, where isOfKind: (ProgramCounter.Kind) -> Bool
  ) -> Bool {
    guard case .defined(let index) = states[number] else { return false }
    return isOfKind(ProgramCounter(rawValue: nodes[index].programCounter).kind)
  }

  /// The program counters of a path, the outermost first. What is not of it ends it, as a circle does.
  private func interpreterPath(to node: UInt32) -> [UInt64] {
    var counters: [UInt64] = []
    var current = node
    while let node = interpreterNodes[current], counters.count <= interpreterNodes.count {
      counters.append(node.programCounter)
      current = node.parent
    }
    return counters.reversed()
  }

  private mutating func placeUnknown(_ number: UInt32) -> StackID {
    let id = place(ProgramCounter.broken.rawValue, below: .root)
    states[number] = .placed(id.rawValue)
    return id
  }

  private mutating func place(_ number: UInt32, index: Int, below parent: StackID) -> StackID {
    let id = place(nodes[index].programCounter, below: parent)
    states[number] = .placed(id.rawValue)
    return id
  }

  /// The frame of a caller, a new one if it is new.
  mutating func place(_ programCounter: UInt64, below parent: StackID) -> StackID {
    place(location: locations.number(of: programCounter), below: parent)
  }

  mutating func place(location: UInt32, below parent: StackID) -> StackID {
    StackID(rawValue: merged.child(of: parent.rawValue, label: location))
  }

  func parent(of stack: StackID) -> StackID {
    StackID(rawValue: merged.parent(of: stack.rawValue))
  }

  func location(of stack: StackID) -> UInt32 {
    merged.label(of: stack.rawValue)
  }

  /// Number of stacks so far, the root included.
  var count: Int { merged.count }

  /// The finished tree. `recorded` are the trace's descriptions of frames that are no addresses.
  func tree(modules: ModuleMap, recorded: [ProgramCounter: RecordedLocation] = [:]) -> StackTree {
    StackTree(
      keys: merged.keys,
      locations: locations.keys.map {
        let counter = ProgramCounter(rawValue: $0)
        return StackTree.Location(
          programCounter: counter, module: modules.module(of: counter),
          recorded: recorded[counter])
      })
  }
}
