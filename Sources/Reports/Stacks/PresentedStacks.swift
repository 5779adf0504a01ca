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
    /// Index of a file and a line in it, where places in a function are told apart as functions
    /// are.
    var place: Place?
  }

  struct Place: Sendable, Hashable {
    let file: UInt32
    let line: UInt32
  }

  /// A function and what the rules say of it.
  struct RatedFunction: Sendable {
    let function: Function
    let action: FrameAction
    /// Whether it is none, but stands in place of frames that were not recorded.
    let isMark: Bool
  }

  /// A frame and, by its parent, all frames that called it; node 0 is the root.
  struct Node: Sendable {
    let parent: UInt32
    /// Index in `functions`.
    let function: UInt32
    /// Index in `files`, or `unknown`.
    var file: UInt32
    /// 0 if unknown or ambiguous.
    var line: UInt32
    let isInlined: Bool

    static let unknown = UInt32.max
  }

  let functions: [RatedFunction]
  let files: [String]
  let nodes: [Node]
  /// One entry for each distinct presented stack that allocated.
  public let stacks: [PresentedStack]
  /// The presented stack of each recorded stack.
  let nodeOfRecorded: [UInt32]
  /// All frames as they were symbolized, whatever the rules leave of them.
  let wholeNodes: [Node]
  /// In `wholeNodes`, by recorded stack.
  let wholeNodeOfRecorded: [UInt32]

  /// Presents the stacks of a tree; `costs` are those of `HeapProfile.costs`. With
  /// `keepsAllFrames` the rules only rate frames, and no stack is cut; with `separatesLines` stacks
  /// that differ in lines are different stacks.
  ///
  /// Complexity: linear in the tree; every distinct address is symbolized once.
  public init(
    of tree: StackTree, costs: [StackCost] = [], modules: [Module],
    symbolizer: some Symbolizing, rules: FrameRules, keepsAllFrames: Bool = false,
    separatesLines: Bool = false
  ) {
    self = PresentedStacksBuilder.build(
      tree, costs: costs, modules: modules, symbolizer: symbolizer, rules: rules,
      keepsAllFrames: keepsAllFrames, separatesLines: separatesLines)
  }

  init(
    functions: [RatedFunction], files: [String], nodes: [Node], wholeNodes: [Node],
    stacks: [PresentedStack], nodeOfRecorded: [UInt32], wholeNodeOfRecorded: [UInt32]
  ) {
    self.wholeNodes = wholeNodes
    self.wholeNodeOfRecorded = wholeNodeOfRecorded
    self.functions = functions
    self.files = files
    self.nodes = nodes
    self.stacks = stacks
    self.nodeOfRecorded = nodeOfRecorded
  }

  /// The same stacks with other costs, which are of the same recorded stacks.
  func replacingCosts(_ costs: [StackCost]) -> PresentedStacks {
    PresentedStacks(
      functions: functions, files: files, nodes: nodes, wholeNodes: wholeNodes,
      stacks: PresentedStacksBuilder.sum(costs, nodeOfRecorded: nodeOfRecorded),
      nodeOfRecorded: nodeOfRecorded, wholeNodeOfRecorded: wholeNodeOfRecorded)
  }

  /// Of each recorded stack, by its number, the stack that it is presented as.
  var presentedIDs: [PresentedStack.ID] { nodeOfRecorded.map { PresentedStack.ID(node: $0) } }

  /// All frames that one recorded address stands for, from the innermost inlined one to the
  /// outermost.
  func wholeFrames(ofRecordedNode node: StackID, parent: StackID) -> [PresentedFrame] {
    var frames: [PresentedFrame] = []
    let end = wholeNodeOfRecorded[Int(parent.rawValue)]
    var index = wholeNodeOfRecorded[Int(node.rawValue)]
    while index != end, index != 0 {
      frames.append(frame(of: wholeNodes[Int(index)]))
      index = wholeNodes[Int(index)].parent
    }
    return frames
  }

  /// The frames of a stack from the innermost to the outermost; empty if none were recorded.
  public func frames(of stack: PresentedStack) -> [PresentedFrame] {
    var frames: [PresentedFrame] = []
    var index = stack.id.node
    while index != 0 {
      frames.append(frame(of: nodes[Int(index)]))
      index = nodes[Int(index)].parent
    }
    return frames
  }

  /// The innermost frame of the stack that a recorded stack is presented as; nil if it has no
  /// frames.
  public func innermostFrame(ofRecorded stack: StackID) -> PresentedFrame? {
    let index = Int(stack.rawValue)
    guard index < nodeOfRecorded.count, nodeOfRecorded[index] != 0 else { return nil }
    return frame(of: nodes[Int(nodeOfRecorded[index])])
  }

  /// The frame of a presented node; nil for the root.
  func frame(ofNode index: UInt32) -> PresentedFrame? {
    index == 0 ? nil : frame(of: nodes[Int(index)])
  }

  private func frame(of node: Node) -> PresentedFrame {
    let rated = functions[Int(node.function)]
    return PresentedFrame(
      function: rated.function.name, modulePath: rated.function.modulePath,
      file: node.file == Node.unknown ? nil : files[Int(node.file)],
      line: node.line == 0 ? nil : Int(node.line), isInlined: node.isInlined,
      action: rated.action)
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
