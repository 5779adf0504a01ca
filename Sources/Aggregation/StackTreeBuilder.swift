import HeapModel
import TraceFormat

/// Builds the stack tree out of a trace's nodes: merges nodes that name the same frame of the same
/// caller, puts callers before callees, and survives nodes that no recorder would write.
struct StackTreeBuilder {
  private struct Frame: Hashable {
    let parent: StackID
    let programCounter: ProgramCounter
  }

  /// Nodes whose parent chain never reaches the root.
  private(set) var cyclicNodes = 0
  /// Nodes that are used but never defined.
  private(set) var undefinedNodes = 0

  private let nodes: [StackNode]
  /// Index in `nodes` of the first definition of a number.
  private var definitions: [UInt32: Int] = [:]
  private var merged: [Frame: StackID] = [:]
  private var ids: [UInt32: StackID] = [0: .root]
  private var parents: [StackID] = [.root]
  private var programCounters = [ProgramCounter(rawValue: 0)]

  init(_ nodes: [StackNode]) {
    self.nodes = nodes
    definitions.reserveCapacity(nodes.count)
    for (index, node) in nodes.enumerated() where definitions[node.id] == nil {
      definitions[node.id] = index
    }
    for node in nodes { _ = stack(of: node.id) }
  }

  /// The stack that a trace's node number means. A number without definition is an unknown frame
  /// below the root. Amortized O(1).
  mutating func stack(of number: UInt32) -> StackID {
    if let known = ids[number] { return known }
    // The callers that are not placed yet, innermost first.
    var path: [UInt32] = []
    var onPath: Set<UInt32> = []
    var current = number
    while ids[current] == nil {
      guard onPath.insert(current).inserted, let index = definitions[current] else {
        // A circle, or a caller that was never defined: what is above it is unknown.
        if definitions[current] == nil { undefinedNodes += 1 } else { cyclicNodes += 1 }
        ids[current] = place(Frame(parent: .root, programCounter: .broken))
        break
      }
      path.append(current)
      current = nodes[index].parent
    }
    for member in path.reversed() where ids[member] == nil {
      guard let index = definitions[member], let parent = ids[nodes[index].parent] else {
        continue
      }
      ids[member] = place(
        Frame(
          parent: parent,
          programCounter: ProgramCounter(rawValue: nodes[index].programCounter)))
    }
    return ids[number] ?? .root
  }

  private mutating func place(_ frame: Frame) -> StackID {
    if let known = merged[frame] { return known }
    let id = StackID(rawValue: UInt32(parents.count))
    merged[frame] = id
    parents.append(frame.parent)
    programCounters.append(frame.programCounter)
    return id
  }

  /// The finished tree.
  func tree(modules: ModuleMap) -> StackTree {
    StackTree(
      parents: parents, programCounters: programCounters,
      modules: programCounters.map { modules.module(of: $0) })
  }
}
