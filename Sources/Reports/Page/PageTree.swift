import Aggregation

/// The stacks of a page: the tree of shown frames, told apart by lines, with as many of its nodes as the
/// page has room for.
///
/// A node stays by the largest share that it has of any cost, callers before callees. What is left out
/// below a node is summed exactly into one node that stands for it, so that every sum over the tree is
/// that of the trace.
struct PageTree {
  struct Node {
    let parent: Int
    /// Of `PresentedStacks.functions`; nil of what stands for smaller stacks, and of the root.
    let function: UInt32?
    let file: UInt32?
    let line: UInt32
    let isInlined: Bool
    let hasJumped: Bool
    let isRecursive: Bool
    /// How many stacks it stands for.
    var foldedStacks = 0
  }

  /// What was allocated on one stack.
  struct Entry {
    let node: Int
    var cost: StackCost
    /// Of its leaks: those that a suppression matches.
    var suppressedBlocks = 0
    var suppressedBytes = 0
  }

  /// Parents precede their children; node 0 is the root.
  private(set) var nodes: [Node]
  /// In the order of their nodes, each node at most once.
  private(set) var entries: [Entry]
  /// All stacks, told apart by lines, and those that the page has as they are.
  let stackCount: Int
  private(set) var keptStacks = 0
  /// By placed node: its own, or that of its nearest caller that was kept.
  private let pageNodes: [UInt32]
  /// By placed node that a stack ends in: the node whose entry it is in.
  private let entryNodes: [UInt32]

  /// The page's node for a stack of the trace; for one that was left out its nearest caller.
  func node(of stack: PresentedStack) -> Int {
    stack.variants.first.map { Int(pageNodes[Int($0)]) } ?? 0
  }

  /// When blocks lived, by the numbers of entries instead of placed nodes.
  func lives(_ lives: HeapLives) -> [HeapLives.Row] {
    var places: [UInt32: Int] = [:]
    for (index, entry) in entries.enumerated() { places[UInt32(entry.node)] = index }
    struct Place: Hashable {
      let entry: Int
      let birth: Int
      let death: Int
    }
    var sums: [Place: (blocks: Int, bytes: Int)] = [:]
    for row in lives.rows {
      guard let entry = places[entryNodes[Int(row.group)]] else { continue }
      let place = Place(entry: entry, birth: row.birth, death: row.death)
      sums[place, default: (0, 0)].blocks += row.blocks
      sums[place]?.bytes &+= row.bytes
    }
    return sums.map { place, sum in
      HeapLives.Row(
        group: UInt32(place.entry), birth: place.birth, death: place.death, blocks: sum.blocks,
        bytes: sum.bytes)
    }
    .sorted { ($0.group, $0.birth, $0.death) < ($1.group, $1.birth, $1.death) }
  }

  /// How many nodes there would be if there were room for all.
  static func nodeCount(_ trace: AnalyzedTrace) -> Int { trace.stacks.placedNodes.count }

  /// Makes the tree with at most `limit` nodes beside those that stand for smaller stacks.
  ///
  /// - Precondition: the trace's costs are those of recorded stacks; `leaks` was made of it.
  init(_ leaks: SuppressedLeaks, kinds: [CostKind], limit: Int) {
    let trace = leaks.whole
    let placed = trace.stacks.placedNodes
    let all = Self.entries(leaks)
    stackCount = all.count
    let kept = Self.chosen(placed, all, kinds, limit: limit)

    var nodes: [Node] = []
    var pageNodes = [UInt32](repeating: 0, count: placed.count)
    for (index, node) in placed.enumerated() {
      let parent = pageNodes[Int(node.parent)]
      guard index == 0 || kept[index] else {
        pageNodes[index] = parent
        continue
      }
      pageNodes[index] = UInt32(nodes.count)
      nodes.append(
        Node(
          parent: Int(parent), function: index == 0 ? nil : node.function,
          file: node.file == PresentedStacks.Node.unknown ? nil : node.file, line: node.line,
          isInlined: node.isInlined, hasJumped: node.hasJumped, isRecursive: node.isRecursive))
    }
    var entries: [Entry] = []
    var entryNodes = pageNodes
    var folds: [Int: Int] = [:]
    for entry in all {
      let node = Int(pageNodes[entry.node])
      if entry.node == 0 || kept[entry.node] {
        keptStacks += 1
        entries.append(Entry(node: node, entry))
        continue
      }
      guard let fold = folds[node] else {
        folds[node] = entries.count
        let parent = nodes[node]
        nodes.append(Node(foldedBelow: node, parent))
        entryNodes[entry.node] = UInt32(nodes.count - 1)
        entries.append(Entry(node: nodes.count - 1, entry))
        entries[entries.count - 1].forgetOwnPeak()
        continue
      }
      entries[fold].add(entry)
      entryNodes[entry.node] = UInt32(entries[fold].node)
      nodes[entries[fold].node].foldedStacks += 1
    }
    self.nodes = nodes
    self.entries = entries.sorted { $0.node < $1.node }
    self.pageNodes = pageNodes
    self.entryNodes = entryNodes
  }

  /// The stacks, told apart by lines, in the order of their nodes.
  private static func entries(_ leaks: SuppressedLeaks) -> [Entry] {
    let trace = leaks.whole
    let stacks = trace.stacks
    let ownPeaks = trace.profile.selection?.ownPeaks ?? [:]
    var places = [Int32](repeating: -1, count: stacks.placedNodes.count)
    var entries: [Entry] = []
    for (cost, unsuppressed) in zip(trace.profile.costs, leaks.trace.profile.costs) {
      let recorded = Int(cost.stack.rawValue)
      let node = Int(stacks.placedNodeOfRecorded[recorded])
      let blocks = cost.leakedAllocations - unsuppressed.leakedAllocations
      let bytes = cost.leakedBytes - unsuppressed.leakedBytes
      if places[node] < 0 {
        places[node] = Int32(entries.count)
        entries.append(
          Entry(node: node, cost: cost, suppressedBlocks: blocks, suppressedBytes: bytes))
      } else {
        entries[Int(places[node])].add(
          Entry(node: node, cost: cost, suppressedBlocks: blocks, suppressedBytes: bytes))
      }
      // The same stack with other lines has the same.
      let ownPeak = ownPeaks[stacks.nodeOfRecorded[recorded]]
      entries[Int(places[node])].cost.ownPeakBytes = ownPeak?.bytes ?? 0
      entries[Int(places[node])].cost.ownPeakAllocations = ownPeak?.blocks ?? 0
    }
    return entries.sorted { $0.node < $1.node }
  }

  /// Which nodes stay: those with the largest shares.
  private static func chosen(
    _ placed: [PresentedStacks.Node], _ entries: [Entry], _ kinds: [CostKind], limit: Int
  ) -> [Bool] {
    var shares = [Double](repeating: -1, count: placed.count)
    for kind in kinds {
      var sums = [Int](repeating: 0, count: placed.count)
      for entry in entries { sums[entry.node] += kind.value(of: entry.cost) }
      for index in placed.indices.dropFirst().reversed() {
        sums[Int(placed[index].parent)] &+= sums[index]
      }
      let total = Double(max(1, sums[0]))
      for index in placed.indices where sums[index] > 0 {
        shares[index] = max(shares[index], Double(sums[index]) / total)
      }
    }
    let costly = placed.indices.filter { shares[$0] >= 0 }
    guard costly.count > limit else { return shares.map { $0 >= 0 } }
    let least = costly.map { shares[$0] }.sorted(by: >)[max(0, limit - 1)]
    var kept = shares.map { $0 > least }
    var room = limit - kept.count { $0 }
    for index in costly where room > 0 && shares[index] == least {
      let parent = Int(placed[index].parent)
      guard parent == 0 || kept[parent] else { continue }
      kept[index] = true
      room -= 1
    }
    return kept
  }
}

extension PageTree.Node {
  /// Stands for one stack below a node, as yet; its place is that of what it stands below.
  fileprivate init(foldedBelow parent: Int, _ node: PageTree.Node) {
    self.init(
      parent: parent, function: nil, file: nil, line: 0, isInlined: false, hasJumped: false,
      isRecursive: false, foldedStacks: 1)
  }
}

extension PageTree.Entry {
  fileprivate init(node: Int, _ entry: PageTree.Entry) {
    self = PageTree.Entry(
      node: node, cost: entry.cost, suppressedBlocks: entry.suppressedBlocks,
      suppressedBytes: entry.suppressedBytes)
  }

  /// Adds another stack; of several together no own peak is known.
  fileprivate mutating func add(_ other: PageTree.Entry) {
    cost.add(other.cost)
    suppressedBlocks += other.suppressedBlocks
    suppressedBytes += other.suppressedBytes
    forgetOwnPeak()
  }

  fileprivate mutating func forgetOwnPeak() {
    cost.ownPeakBytes = 0
    cost.ownPeakAllocations = 0
  }
}
