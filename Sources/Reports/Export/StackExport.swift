import Aggregation
import TraceFormat

/// The stacks of a trace with their costs and names, apart from any report: what every `Exporter`
/// writes in its own format.
///
/// Stacks are a tree, so that half a million of them take a few bytes for each frame.
package struct StackExport: Sendable {
  package struct Function: Hashable, Sendable {
    /// The whole readable name.
    package let name: String
    /// Path of the source file; nil if unknown.
    package let file: String?
    /// Base name of the module; nil if it is in none.
    package let module: String?
  }

  /// A function and where in it the stack goes on.
  package struct Line: Hashable, Sendable {
    /// Index in `functions`.
    package let function: Int
    /// 0 if unknown.
    package let line: Int
  }

  /// A place in code: one frame with the functions that the compiler put into each other there.
  package struct Location: Hashable, Sendable {
    /// To look up in the module; nil where frames stand for several addresses, or for none.
    package let address: UInt64?
    package let module: ModuleID?
    /// The innermost inlined function first, never empty.
    package let lines: [Line]
  }

  /// A frame; node 0 is the root, and parents precede their children.
  package struct Node: Sendable {
    package let parent: Int
    /// Index in `locations`; meaningless for the root.
    package let location: Int
  }

  /// Allocations that were made with the same stack.
  package struct Stack: Sendable {
    /// The innermost frame; 0 if no frame was recorded.
    package let node: Int
    package let cost: StackCost
  }

  package internal(set) var functions: [Function] = []
  package internal(set) var locations: [Location] = []
  package internal(set) var nodes = [Node(parent: 0, location: 0)]
  package internal(set) var stacks: [Stack] = []
  package internal(set) var modules: [Module] = []
  package internal(set) var process: TracedProcess
  /// Whether the blocks are those that were live at one moment.
  package internal(set) var isOfMoment = false

  init(_ profile: HeapProfile) {
    process = profile.process
    isOfMoment = profile.isOfMoment
  }
}

extension StackExport {
  /// The stacks as reports show them: by function, as the rules want them, each frame a location of
  /// its own without an address.
  package init(presented trace: AnalyzedTrace) {
    self.init(trace.profile)
    var numbers = Numbering()
    let stacks = trace.stacks
    for node in stacks.nodes.dropFirst() {
      let shown = stacks.functions[Int(node.function)].function
      let file = node.file == PresentedStacks.Node.unknown ? nil : stacks.files[Int(node.file)]
      let function = Function(
        name: shown.name, file: file, module: shown.modulePath.map(PresentedFrame.baseName))
      let line = numbers.line(function, Int(node.line))
      let location = numbers.location(Location(address: nil, module: nil, lines: [line]))
      nodes.append(Node(parent: Int(node.parent), location: location))
    }
    self.stacks = stacks.stacks.map { Stack(node: Int($0.id.node), cost: $0.cost) }
    take(numbers)
  }

  /// The stacks as they were recorded: by address, all frames, those of inlined functions at the
  /// address of the code that they became.
  package init(recorded trace: AnalyzedTrace) {
    self.init(trace.profile)
    modules = trace.profile.modules
    var numbers = Numbering()
    let tree = trace.profile.stacks
    for node in tree.nodes {
      let parent = tree.parent(of: node)
      let recorded = tree.locations[tree.locationIndex(of: node)]
      if recorded.programCounter.kind == .otherBlocks, parent != .root {
        // No frame: what ends here ends in its caller.
        nodes.append(nodes[Int(parent.rawValue)])
        continue
      }
      let isCode = recorded.programCounter.marker == nil
      let frames = trace.stacks.wholeFrames(ofRecordedNode: node, parent: parent)
      var lines = frames.map {
        numbers.line(
          Function(name: $0.function, file: $0.file, module: $0.moduleName), $0.line ?? 0)
      }
      if lines.isEmpty {
        lines = [numbers.line(Function(name: "[unknown]", file: nil, module: nil), 0)]
      }
      let location = numbers.location(
        Location(
          address: isCode ? recorded.programCounter.lookupAddress : nil,
          module: isCode ? recorded.module : nil, lines: lines))
      nodes.append(Node(parent: Int(parent.rawValue), location: location))
    }
    stacks = trace.profile.costs.map { Stack(node: Int($0.stack.rawValue), cost: $0) }
    take(numbers)
  }

  private mutating func take(_ numbers: Numbering) {
    functions = numbers.functions
    locations = numbers.locations
  }
}

/// Gives each function and each location its index once.
private struct Numbering {
  private(set) var functions: [StackExport.Function] = []
  private(set) var locations: [StackExport.Location] = []
  private var functionIndices: [StackExport.Function: Int] = [:]
  private var locationIndices: [StackExport.Location: Int] = [:]

  mutating func line(_ function: StackExport.Function, _ line: Int) -> StackExport.Line {
    if let index = functionIndices[function] {
      return StackExport.Line(function: index, line: line)
    }
    functionIndices[function] = functions.count
    functions.append(function)
    return StackExport.Line(function: functions.count - 1, line: line)
  }

  mutating func location(_ location: StackExport.Location) -> Int {
    if let index = locationIndices[location] { return index }
    locationIndices[location] = locations.count
    locations.append(location)
    return locations.count - 1
  }
}
