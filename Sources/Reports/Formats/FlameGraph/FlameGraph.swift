/// The boxes of a flame graph: one for each path of functions, as wide as what was allocated on it.
/// The outermost functions stand first, or, inverted, those that allocated; beside each other the
/// costliest is first.
///
/// Boxes are made level by level and only as far as they are wide enough to be seen, so that the work
/// beyond the stacks themselves depends on the picture.
struct FlameGraph {
  struct Box: Equatable {
    /// Index in `StackExport.functions`.
    let function: Int
    /// 0 for the functions that stacks begin with.
    let level: Int
    /// Where it begins, and how wide it is, in units of the cost.
    let start: Int
    let value: Int
  }

  private(set) var boxes: [Box] = []
  /// The cost of all stacks.
  private(set) var total = 0
  /// The cost of allocations without any recorded frame; no box stands for it.
  private(set) var valueWithoutStack = 0
  /// How many functions called by those that are shown are too narrow themselves.
  private(set) var narrowBoxes = 0

  var levels: Int { (boxes.map(\.level).max() ?? -1) + 1 }

  /// The share of all that a path must cost to have a box.
  let leastShare: Double

  init(_ export: StackExport, _ kind: CostKind, isInverted: Bool = false, leastShare: Double) {
    self.leastShare = leastShare
    let paths = Paths(export, kind, isInverted: isInverted)
    total = paths.total
    valueWithoutStack = paths.total - paths.values.reduce(0, +)
    var pending = [Group(paths: Array(paths.values.indices), level: 0, start: 0)]
    while let group = pending.popLast() {
      var start = group.start
      for (function, members, value) in paths.children(of: group) {
        defer { start += value }
        guard Double(value) >= Double(total) * leastShare else {
          narrowBoxes += 1
          continue
        }
        boxes.append(Box(function: function, level: group.level, start: start, value: value))
        pending.append(Group(paths: members, level: group.level + 1, start: start))
      }
    }
    boxes.sort { ($0.level, $0.start) < ($1.level, $1.start) }
  }
}

/// Stacks that are equal up to a level.
private struct Group {
  let paths: [Int]
  let level: Int
  let start: Int
}

/// The functions of each stack in the order of the picture.
private struct Paths {
  /// Of those stacks that have frames and some of the cost.
  var values: [Int] = []
  var total = 0
  private var functions: [UInt32] = []
  private var ends: [Int] = []

  init(_ export: StackExport, _ kind: CostKind, isInverted: Bool) {
    for stack in export.stacks {
      let value = kind.value(of: stack.cost)
      guard value > 0 else { continue }
      total += value
      guard stack.node != 0 else { continue }
      let first = functions.count
      var node = stack.node
      while node != 0 {
        functions += export.locations[export.nodes[node].location].lines.map { UInt32($0.function) }
        node = export.nodes[node].parent
      }
      if !isInverted { functions[first...].reverse() }
      values.append(value)
      ends.append(functions.count)
    }
  }

  /// The next level of a group, costliest first, and in the order of the functions where they cost
  /// the same.
  func children(of group: Group) -> [(function: Int, members: [Int], value: Int)] {
    var members: [UInt32: [Int]] = [:]
    for path in group.paths {
      let place = (path == 0 ? 0 : ends[path - 1]) + group.level
      if place < ends[path] { members[functions[place], default: []].append(path) }
    }
    return members.map { function, paths in
      (Int(function), paths, paths.reduce(0) { $0 + values[$1] })
    }.sorted { ($0.value, $1.function) > ($1.value, $0.function) }
  }
}
