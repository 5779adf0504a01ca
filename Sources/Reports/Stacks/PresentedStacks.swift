import Aggregation
import Symbolization
import TraceFormat

/// All stacks of a profile as people read them: functions instead of addresses, inlined callers
/// spelled out, and of the frames those that the rules leave.
///
/// The frames form a tree, so that a
/// profile of half a million distinct stacks takes a few bytes for each frame.
public struct PresentedStacks: Sendable {
  /// One distinct function of one module.
  struct Function: Sendable, Hashable {
    let name: String
    let modulePath: String?
    /// Tells it from others of that name.
    var definition: FunctionDefinition?
    /// Of code without a name, the build that its address is of.
    var build: String?
  }

  /// A function and what the rules say of it.
  struct RatedFunction: Sendable {
    let function: Function
    /// What tells it from others of its name and module; nil if there are none.
    let distinction: String?
    let action: FrameAction
    /// Whether it is none, but stands in place of frames that were not recorded.
    let isMark: Bool
    /// Whether it is known by its address alone.
    let isUnnamed: Bool
  }

  /// A frame and, by its parent, all frames that called it; node 0 is the root.
  struct Node: Sendable {
    let parent: UInt32
    /// Index in `functions`.
    let function: UInt32
    /// Number of the function together with its place.
    let site: UInt32
    /// Index in `files`, or `unknown`.
    var file: UInt32
    /// 0 if unknown or ambiguous.
    var line: UInt32
    let isInlined: Bool
    var hasJumped: Bool
    var isRecursive: Bool

    static let unknown = UInt32.max
  }

  let functions: [RatedFunction]
  /// Whether some are of interpreted code, which the trace describes.
  public let isInterpreted: Bool
  let files: [String]
  /// The shown stacks, told apart by functions; with `separatesLines` also by their lines.
  let nodes: [Node]
  /// The shown stacks, told apart by their lines, too.
  let placedNodes: [Node]
  /// One entry for each distinct presented stack that allocated.
  public let stacks: [PresentedStack]
  /// The presented stack of each recorded stack.
  let nodeOfRecorded: [UInt32]
  /// In `placedNodes`, by recorded stack.
  let placedNodeOfRecorded: [UInt32]
  /// All frames as they were symbolized, whatever the rules leave of them.
  let wholeNodes: [Node]
  /// In `wholeNodes`, by recorded stack.
  let wholeNodeOfRecorded: [UInt32]
  /// The same, told apart by their lines, too.
  let wholePlacedNodes: [Node]
  let wholePlacedNodeOfRecorded: [UInt32]

  /// Presents the stacks of a tree; `costs` are those of `HeapProfile.costs`. With
  /// `keepsAllFrames` the rules only rate frames, and no stack is cut; with `separatesLines` stacks
  /// that differ in lines are different stacks; with `foldsRecursion` stacks that differ in how
  /// often functions call themselves are one.
  ///
  /// Complexity: linear in the tree; every distinct address is symbolized once.
  public init(
    of tree: StackTree, costs: [StackCost] = [], modules: [Module],
    symbolizer: some Symbolizing, rules: FrameRules, keepsAllFrames: Bool = false,
    separatesLines: Bool = false, foldsRecursion: Bool = true
  ) {
    self = PresentedStacksBuilder.build(
      tree, costs: costs, modules: modules, symbolizer: symbolizer, rules: rules,
      keepsAllFrames: keepsAllFrames, separatesLines: separatesLines,
      foldsRecursion: foldsRecursion)
  }

  init(
    functions: [RatedFunction], files: [String], nodes: [Node], nodeOfRecorded: [UInt32],
    placedNodes: [Node], placedNodeOfRecorded: [UInt32], wholeNodes: [Node],
    wholeNodeOfRecorded: [UInt32], wholePlacedNodes: [Node], wholePlacedNodeOfRecorded: [UInt32],
    isInterpreted: Bool, costs: [StackCost], recorded: [StackID]? = nil
  ) {
    self.functions = functions
    self.isInterpreted = isInterpreted
    self.files = files
    self.nodes = nodes
    self.nodeOfRecorded = nodeOfRecorded
    self.placedNodes = placedNodes
    self.placedNodeOfRecorded = placedNodeOfRecorded
    self.wholeNodes = wholeNodes
    self.wholeNodeOfRecorded = wholeNodeOfRecorded
    self.wholePlacedNodes = wholePlacedNodes
    self.wholePlacedNodeOfRecorded = wholePlacedNodeOfRecorded
    stacks = Self.sum(
      costs, of: recorded ?? costs.map(\.stack), nodeOfRecorded, placedNodeOfRecorded)
  }

  /// The same stacks with other costs, which are of the same recorded stacks. A cost may be that of
  /// several of them: `recorded` are then all that the costs are of.
  func replacingCosts(
    _ costs: [StackCost], of recorded: [StackID]? = nil
  ) -> PresentedStacks {
    PresentedStacks(
      functions: functions, files: files, nodes: nodes, nodeOfRecorded: nodeOfRecorded,
      placedNodes: placedNodes, placedNodeOfRecorded: placedNodeOfRecorded,
      wholeNodes: wholeNodes, wholeNodeOfRecorded: wholeNodeOfRecorded,
      wholePlacedNodes: wholePlacedNodes, wholePlacedNodeOfRecorded: wholePlacedNodeOfRecorded,
      isInterpreted: isInterpreted, costs: costs, recorded: recorded)
  }

  /// The presented stacks with their costs.
  private static func sum(
    _ costs: [StackCost], of recorded: [StackID], _ nodeOfRecorded: [UInt32],
    _ placedNodeOfRecorded: [UInt32]
  ) -> [PresentedStack] {
    var stacks: [PresentedStack] = []
    var indices: [UInt32: Int] = [:]
    for cost in costs {
      let node = nodeOfRecorded[Int(cost.stack.rawValue)]
      if let index = indices[node] {
        stacks[index].cost.add(cost)
      } else {
        indices[node] = stacks.count
        stacks.append(PresentedStack(id: PresentedStack.ID(node: node), cost: cost, variants: []))
      }
    }
    for stack in recorded {
      guard let index = indices[nodeOfRecorded[Int(stack.rawValue)]] else { continue }
      let placed = placedNodeOfRecorded[Int(stack.rawValue)]
      if stacks[index].variants.last != placed { stacks[index].variants.append(placed) }
    }
    return stacks
  }

  /// Whether a rule fits any function, shown or not.
  public func hasFunction(matching rule: FrameRule) -> Bool {
    var classifier = FrameClassifier(FrameRules([rule]))
    return functions.contains { rated in
      let function = rated.function
      return classifier.matchesAny(function: function.name, module: function.modulePath)
    }
  }

  /// Of each recorded stack, by its number, the stack that it is presented as.
  var presentedIDs: [PresentedStack.ID] { nodeOfRecorded.map { PresentedStack.ID(node: $0) } }

  /// All frames that one recorded address stands for, from the innermost inlined one to the
  /// outermost.
  func wholeFrames(ofRecordedNode node: StackID, parent: StackID) -> [PresentedFrame] {
    var frames: [PresentedFrame] = []
    let end = wholePlacedNodeOfRecorded[Int(parent.rawValue)]
    var index = wholePlacedNodeOfRecorded[Int(node.rawValue)]
    while index != end, index != 0 {
      frames.append(frame(of: wholePlacedNodes[Int(index)]))
      index = wholePlacedNodes[Int(index)].parent
    }
    return frames
  }

  /// The frames of a stack from the innermost to the outermost; empty if none were recorded.
  ///
  /// A frame has the lines of this stack alone, whatever other stacks go through its function.
  public func frames(of stack: PresentedStack) -> [PresentedFrame] {
    var frames: [PresentedFrame] = []
    // In their order, so that a frame is named after the same part of its function in any report.
    for variant in Set(stack.variants).sorted() {
      var index = variant
      var depth = 0
      while index != 0 {
        let frame = frame(of: placedNodes[Int(index)])
        if depth == frames.count {
          frames.append(frame)
        } else {
          frames[depth] = frames[depth].common(with: frame)
        }
        depth += 1
        index = placedNodes[Int(index)].parent
      }
    }
    // A part without a name of a hidden function is hidden, too (see `FrameFolding`).
    for index in frames.indices.dropLast().reversed() where frames[index].isUnnamed {
      let caller = frames[index + 1]
      if caller.action == .hide, caller.modulePath == frames[index].modulePath {
        frames[index].action = .hide
      }
    }
    return frames
  }

  /// The frames of a stack by its number among a query's groups, innermost first, with the lines of one
  /// of its places.
  func frames(ofGroup group: UInt32) -> [PresentedFrame] {
    var frames: [PresentedFrame] = []
    var node = group
    while node != 0, Int(node) < nodes.count {
      frames.append(frame(of: nodes[Int(node)]))
      node = nodes[Int(node)].parent
    }
    return frames
  }

  /// The innermost frame of the stack that a recorded stack is presented as; nil if it has no
  /// frames.
  public func innermostFrame(ofRecorded stack: StackID) -> PresentedFrame? {
    let index = Int(stack.rawValue)
    guard index < placedNodeOfRecorded.count, placedNodeOfRecorded[index] != 0 else { return nil }
    return frame(of: placedNodes[Int(placedNodeOfRecorded[index])])
  }

  /// The frame of a presented node; nil for the root.
  func frame(ofNode index: UInt32) -> PresentedFrame? {
    index == 0 ? nil : frame(of: nodes[Int(index)])
  }

  /// The nodes of a stack's frames, innermost first.
  func frameNodes(of stack: PresentedStack) -> [UInt32] {
    var frames: [UInt32] = []
    var node = stack.id.node
    while node != 0 {
      frames.append(node)
      node = nodes[Int(node)].parent
    }
    return frames
  }

  private func frame(of node: Node) -> PresentedFrame {
    let rated = functions[Int(node.function)]
    return PresentedFrame(
      function: rated.function.name, modulePath: rated.function.modulePath,
      file: node.file == Node.unknown ? nil : files[Int(node.file)],
      line: node.line == 0 ? nil : Int(node.line), isInlined: node.isInlined,
      hasJumped: node.hasJumped,
      isRecursive: node.isRecursive, distinction: rated.distinction, action: rated.action)
  }

  /// The costliest stacks, the first costliest; stacks without blocks of that cost are left out.
  ///
  /// Equal costs are ordered by their number of blocks, then by their place in the trace, so that
  /// the same trace always gives the same report. Complexity: O(n) and the insertions of what is kept.
  public func ranked(by kind: CostKind, limit: Int) -> [PresentedStack] {
    var best = BoundedRanking<PresentedStack>(limit: limit) { left, right in
      let (leftValue, rightValue) = (kind.value(of: left.cost), kind.value(of: right.cost))
      if leftValue != rightValue { return leftValue > rightValue }
      let (leftBlocks, rightBlocks) = (kind.blocks(of: left.cost), kind.blocks(of: right.cost))
      return leftBlocks != rightBlocks ? leftBlocks > rightBlocks : left.id < right.id
    }
    for stack in stacks where kind.blocks(of: stack.cost) > 0 { best.insert(stack) }
    return best.elements
  }
}
