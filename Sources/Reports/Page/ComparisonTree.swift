import Aggregation

/// The stacks of a comparison as one tree of functions. What is the same on both sides is one entry, at
/// the stack that `diff` names it by; functions that `diff` takes for the same are one.
///
/// A node stays by its largest share of any cost, callers before callees; what is left out below it is
/// added up in one node.
struct ComparisonTree {
  struct Function {
    let name: String
    let module: String?
    let isOwn: Bool
  }

  struct Node {
    let parent: Int
    /// In `functions`; nil of the root and of what stands for smaller stacks.
    let function: Int?
    let isInlined: Bool
    var foldedStacks = 0
  }

  /// What one row of the comparison, or several that were added up, cost by each kind.
  struct Entry {
    let node: Int
    let match: StackMatching.Match?
    var values: [Change]
  }

  /// One cost of an entry on both sides.
  struct Change {
    var before = 0
    var after = 0
    var blocksBefore = 0
    var blocksAfter = 0

    var most: Int { max(before, after) }

    mutating func add(_ other: Change) {
      before &+= other.before
      after &+= other.after
      blocksBefore += other.blocksBefore
      blocksAfter += other.blocksAfter
    }
  }

  private(set) var functions: [Function] = []
  private(set) var nodes = [Node(parent: 0, function: nil, isInlined: false)]
  private(set) var entries: [Entry] = []
  /// How many rows there are, and how many are added up.
  private(set) var rowCount = 0
  private(set) var foldedRows = 0

  /// Makes the tree of all rows; `values` are those of a row by kind.
  init(
    _ rows: [(row: TraceDifference.Row, values: [Change])], before: AnalyzedTrace,
    after: AnalyzedTrace
  ) {
    var children = ChildNumbering(rootLabel: .max)
    var keys: [String: Int] = [:]
    // By side: the common numbers of its functions, as they are met.
    let sides = [before, after].map { ($0.stacks, ComparedNames($0.profile)) }
    var known: [[Int?]] = sides.map { Array(repeating: nil, count: $0.0.functions.count) }
    for (row, values) in rows {
      guard case .stack(let stack) = row.name else { continue }
      let side = row.isNamedByAfter ? 1 : 0
      let (stacks, compared) = sides[side]
      var node = 0
      for frame in stacks.frameNodes(of: stack).reversed() {
        let frame = stacks.nodes[Int(frame)]
        let function =
          known[side][Int(frame.function)]
          ?? number(of: stacks.functions[Int(frame.function)], compared, &keys)
        known[side][Int(frame.function)] = function
        let child = Int(children.child(of: UInt32(node), label: UInt32(function)))
        if child == nodes.count {
          nodes.append(Node(parent: node, function: function, isInlined: frame.isInlined))
        }
        node = child
      }
      entries.append(Entry(node: node, match: row.match, values: values))
    }
    rowCount = entries.count
  }

  private mutating func number(
    of rated: PresentedStacks.RatedFunction, _ compared: ComparedNames,
    _ keys: inout [String: Int]
  ) -> Int {
    let function = rated.function
    let key = compared.names(function: function.name, modulePath: function.modulePath).module
    if let known = keys[key] { return known }
    keys[key] = functions.count
    functions.append(
      Function(
        name: function.name, module: function.modulePath, isOwn: rated.action == .show))
    return functions.count - 1
  }

  /// The tree with at most so many nodes beside those that stand for smaller stacks.
  func bounded(nodes limit: Int) -> ComparisonTree {
    let shares = shares()
    guard nodes.count > limit else { return self }
    // A callee's share is never above its caller's, and stands behind it.
    let order = nodes.indices.sorted { (shares[$0], $1) > (shares[$1], $0) }
    var isKept = [Bool](repeating: false, count: nodes.count)
    isKept[0] = true
    for node in order.prefix(max(1, limit)) { isKept[node] = isKept[nodes[node].parent] }
    var small = self
    small.nodes = []
    small.entries = []
    small.foldedRows = 0
    var places = [Int](repeating: 0, count: nodes.count)
    for (number, node) in nodes.enumerated() {
      guard isKept[number] else {
        places[number] = places[node.parent]
        continue
      }
      places[number] = small.nodes.count
      small.nodes.append(
        Node(parent: places[node.parent], function: node.function, isInlined: node.isInlined))
    }
    var folds: [Int: Int] = [:]
    for entry in entries {
      let node = places[entry.node]
      if isKept[entry.node] {
        small.entries.append(Entry(node: node, match: entry.match, values: entry.values))
        continue
      }
      small.foldedRows += 1
      if let fold = folds[node] {
        for kind in entry.values.indices {
          small.entries[fold].values[kind].add(entry.values[kind])
        }
        small.nodes[small.entries[fold].node].foldedStacks += 1
      } else {
        folds[node] = small.entries.count
        small.nodes.append(Node(parent: node, function: nil, isInlined: false, foldedStacks: 1))
        small.entries.append(
          Entry(node: small.nodes.count - 1, match: nil, values: entry.values))
      }
    }
    return small
  }

  /// By node: its largest share of any cost, of what each entry had at most on either side.
  private func shares() -> [Double] {
    var shares = [Double](repeating: 0, count: nodes.count)
    for kind in entries.first?.values.indices ?? 0..<0 {
      var sums = [Int](repeating: 0, count: nodes.count)
      for entry in entries { sums[entry.node] &+= entry.values[kind].most }
      for number in nodes.indices.dropFirst().reversed() {
        sums[nodes[number].parent] &+= sums[number]
      }
      let whole = Double(max(1, sums[0]))
      for number in nodes.indices {
        shares[number] = max(shares[number], Double(sums[number]) / whole)
      }
    }
    return shares
  }
}
