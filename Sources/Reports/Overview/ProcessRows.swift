import Aggregation
import TraceFormat

/// The processes of a run as rows of a tree that fits a page. A process that matters, that is with a
/// twentieth of the bytes allocated, of the peaks or of the leaks, has a row of its own, and so do its
/// ancestors; the others of one name below one parent share a row. Of more rows than there is room for,
/// fewer matter: those with a tenth, a fifth, a half, or none, as a dozen compilers that a dozen drivers
/// start say more in two rows than the drivers alone. The largest come first, each with what is below it;
/// where rows are left out the smallest go, but never the run's first process.
struct ProcessRows {
  struct Row {
    /// Numbers of members of the group; several if they share the row.
    var members: [Int]
    /// Rows above it.
    let depth: Int
    /// Has a row of its own because it matters.
    let isLeading: Bool
  }

  private struct Node {
    var row: Row
    let above: Int?
    /// Allocated by these and by all below them.
    var bytes = 0
    var isRoot = false
  }

  private struct Key: Hashable {
    let above: Int?
    let name: String
  }

  let rows: [Row]
  /// Members that are in no row.
  let omitted: [Int]
  /// Whether the run's first process is among the members.
  let hasRoot: Bool

  /// Orders the members of a group into at most `limit` rows.
  init(_ group: ProfileGroup, limit: Int) {
    var nodes = Self.nodes(of: group, fitting: limit)
    for index in nodes.indices.reversed() {
      if let above = nodes[index].above { nodes[above].bytes &+= nodes[index].bytes }
    }
    let root = nodes.indices.filter { nodes[$0].isRoot }.max {
      (nodes[$0].bytes, $1) < (nodes[$1].bytes, $0)
    }
    hasRoot = root != nil
    // No row is larger than the one above it, so that rows go before those above them.
    let smallestFirst = nodes.indices.sorted {
      (nodes[$0].bytes, nodes[$1].row.depth, $1) < (nodes[$1].bytes, nodes[$0].row.depth, $0)
    }
    let dropped = Set(smallestFirst.filter { $0 != root }.prefix(max(0, nodes.count - limit)))
    omitted = dropped.flatMap { nodes[$0].row.members }.sorted()
    var below: [Int: [Int]] = [:]
    for index in smallestFirst where !dropped.contains(index) {
      below[nodes[index].above ?? -1, default: []].append(index)
    }
    var rows: [Row] = []
    var pending = below[-1] ?? []
    while let index = pending.popLast() {
      rows.append(nodes[index].row)
      pending += below[index] ?? []
    }
    self.rows = rows
  }

  /// A process with one part in so many matters; nil for none.
  private static let shares: [Int?] = [20, 10, 5, 2, nil]

  /// The rows before any is left out, each behind the one above it: at most `limit`, else as few as
  /// can be.
  private static func nodes(of group: ProfileGroup, fitting limit: Int) -> [Node] {
    let parents = parents(in: group.members)
    var fewest: [Node]?
    for share in shares {
      let nodes = nodes(of: group, parents, leading: leading(in: group, parents, share: share))
      if nodes.count < fewest?.count ?? .max { fewest = nodes }
      if nodes.count <= limit { break }
    }
    return fewest ?? []
  }

  private static func nodes(
    of group: ProfileGroup, _ parents: [Int?], leading: [Bool]
  ) -> [Node] {
    var nodes: [Node] = []
    var nodeOf: [Int] = []
    var shared: [Key: Int] = [:]
    for (index, member) in group.members.enumerated() {
      let above = parents[index].map { nodeOf[$0] }
      let key = Key(above: above, name: ProcessText.name(of: member.process))
      let node: Int
      if !leading[index], let known = shared[key] {
        node = known
        nodes[node].row.members.append(index)
      } else {
        node = nodes.count
        let depth = above.map { nodes[$0].row.depth + 1 } ?? 0
        nodes.append(
          Node(
            row: Row(members: [index], depth: depth, isLeading: leading[index]), above: above))
        if !leading[index] { shared[key] = node }
      }
      nodeOf.append(node)
      nodes[node].bytes &+= member.totals.allocatedBytes
      if member.process.isRoot { nodes[node].isRoot = true }
    }
    return nodes
  }

  /// By member: the one above it.
  private static func parents(in members: [ProfileGroup.Member]) -> [Int?] {
    var path: [Int] = []
    return members.indices.map { index in
      path.removeLast(max(0, path.count - members[index].depth))
      defer { path.append(index) }
      return path.last
    }
  }

  /// By member: whether it matters, or one below it does.
  private static func leading(
    in group: ProfileGroup, _ parents: [Int?], share: Int?
  ) -> [Bool] {
    guard let share else { return group.members.map { _ in false } }
    let whole = group.profile.totals
    func matters(_ part: Int, of whole: Int) -> Bool { part > 0 && part >= whole / share }
    var leading = group.members.map { member in
      matters(member.totals.allocatedBytes, of: whole.allocatedBytes)
        || matters(member.totals.peakBytes, of: whole.peakBytes)
        || matters(member.totals.leakedBytes, of: whole.leakedBytes)
    }
    for index in leading.indices.reversed() where leading[index] {
      if let parent = parents[index] { leading[parent] = true }
    }
    return leading
  }
}

extension TracedProcess {
  /// Whether it is the first process of its run, as whatever program.
  var isRoot: Bool { pid == rootPID && processStartTicks == rootStartTicks }
}
