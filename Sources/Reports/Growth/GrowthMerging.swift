import Aggregation

/// Puts together what grows in many small parts: stacks of one function or below one caller, each of
/// them small beside all of these, are one suspect if they grow together.
struct GrowthMerging {
  let names: PresentedStacks
  let thresholds: HeapGrowth.Thresholds
  /// Whether suspects of several functions may be one.
  let mergesFunctions: Bool
  /// Of the whole process, by window.
  let activity: [Int]

  /// A caller goes on being looked for below one that has so much of the growth.
  private static let mostOfAll = 0.8
  /// A suspect with so much of the growth, but for what larger ones have, is one by itself.
  private static let largeShare = 0.25
  /// `main`, or a thread's first function, says little: there must be a caller below it.
  private static let fewestCallers = 2

  /// The rows with those that grow together replaced by one for all of them.
  func merged(_ rows: [GrowthRow]) -> [GrowthRow] {
    var merged: [GrowthRow] = []
    var known: Set<PresentedStack.ID> = []
    func add(_ parts: [GrowthRow]) {
      guard let row = together(parts) else { return }
      merged.append(row)
      known.formUnion(parts.map(\.stack.id))
    }
    let growing = rows.filter { $0.growth.verdict == .grows || $0.growth.mayBePartOfGrowth }
    for (function, rows) in Self.grouped(growing, by: { names.ownFunction(of: $0.stack) })
    where function != nil {
      add(small(rows))
    }
    let rest = rows.filter { $0.growth.mayBePartOfGrowth && !known.contains($0.stack.id) }
    if together(rest) != nil { add(belowOneCaller(rest)) }
    let suspects = rows.filter { $0.growth.verdict == .grows && !known.contains($0.stack.id) }
    if mergesFunctions, suspects.count > 1 {
      let found = belowOneCaller(suspects)
      let callers = names.commonFrames(of: found.flatMap(\.members)).count { !$0.isLibrary }
      if callers >= Self.fewestCallers, small(found).count == found.count { add(found) }
    }
    return merged + rows.filter { !known.contains($0.stack.id) }
  }

  /// Of rows those that are no suspects, and the suspects that are small beside all of them.
  private func small(_ rows: [GrowthRow]) -> [GrowthRow] {
    var suspects = rows.filter { $0.growth.verdict == .grows }
      .sorted { ($0.gainedBytes, $1.stack.id) > ($1.gainedBytes, $0.stack.id) }[...]
    var gain = rows.reduce(0) { $0 + $1.gainedBytes }
    while let largest = suspects.first,
      Double(largest.gainedBytes) >= Self.largeShare * Double(gain)
    {
      gain -= largest.gainedBytes
      suspects.removeFirst()
    }
    return rows.filter { $0.growth.mayBePartOfGrowth } + suspects
  }

  /// Several rows as one, if that is a suspect.
  private func together(_ parts: [GrowthRow]) -> GrowthRow? {
    guard parts.count > 1, let series = HeapSeries.sum(parts.map(\.series)) else { return nil }
    let growth = HeapGrowth(series, activity: activity, thresholds)
    guard growth.verdict == .grows else { return nil }
    let largest =
      parts.max { ($0.keptBytes, $1.stack.id) < ($1.keptBytes, $0.stack.id) } ?? parts[0]
    return GrowthRow(
      members: [largest.stack] + parts.flatMap(\.members).filter { $0.id != largest.stack.id },
      series: series, growth: growth)
  }

  /// Of rows that grow together those below the innermost caller that most of the growth is below.
  private func belowOneCaller(_ rows: [GrowthRow]) -> [GrowthRow] {
    var chosen = rows.map { (row: $0, path: names.path(of: $0.stack)) }
    var depth = 0
    while true {
      let branches = Self.grouped(chosen.filter { $0.path.count > depth }) { $0.path[depth] }
      let all = chosen.reduce(0) { $0 + $1.row.gainedBytes }
      // Of branches that gained the same the first in the tree of stacks, in every run.
      let largest = branches.max {
        (Self.gain($0.members), $1.key) < (Self.gain($1.members), $0.key)
      }?.members
      guard let largest, largest.count > 1,
        Double(Self.gain(largest)) >= Self.mostOfAll * Double(all),
        together(largest.map(\.row)) != nil
      else { return chosen.map(\.row) }
      chosen = largest
      depth += 1
    }
  }

  /// Elements by a key, both in the order in which they first appear: a dictionary's own order is
  /// another in every run.
  private static func grouped<Element, Key: Hashable>(
    _ elements: [Element], by key: (Element) -> Key
  ) -> [(key: Key, members: [Element])] {
    var indices: [Key: Int] = [:]
    var groups: [(key: Key, members: [Element])] = []
    for element in elements {
      let key = key(element)
      if let index = indices[key] {
        groups[index].members.append(element)
      } else {
        indices[key] = groups.count
        groups.append((key, [element]))
      }
    }
    return groups
  }

  private static func gain(_ rows: [(row: GrowthRow, path: [UInt32])]) -> Int {
    rows.reduce(0) { $0 + $1.row.gainedBytes }
  }
}

extension PresentedStacks {
  /// The function that a stack's blocks are for: the innermost of the program's own, else the
  /// innermost; `nil` without frames.
  func ownFunction(of stack: PresentedStack) -> UInt32? {
    var node = stack.id.node
    while node != 0 {
      let function = nodes[Int(node)].function
      if functions[Int(function)].action == .show { return function }
      node = nodes[Int(node)].parent
    }
    return stack.id.node == 0 ? nil : nodes[Int(stack.id.node)].function
  }

  /// The nodes of a stack from the outermost.
  func path(of stack: PresentedStack) -> [UInt32] { path(ofNode: stack.id.node) }

  func path(ofNode last: UInt32) -> [UInt32] {
    var path: [UInt32] = []
    var node = last
    while node != 0 {
      path.append(node)
      node = nodes[Int(node)].parent
    }
    return path.reversed()
  }

  /// The frames that several stacks have in common, from the innermost to the outermost.
  func commonFrames(of stacks: [PresentedStack]) -> [PresentedFrame] {
    guard let first = stacks.first else { return [] }
    var common = path(of: first)
    for stack in stacks.dropFirst() {
      let other = path(of: stack)
      let same = zip(common, other).prefix { $0 == $1 }.count
      common.removeLast(common.count - same)
    }
    return common.reversed().compactMap { frame(ofNode: $0) }
  }
}
