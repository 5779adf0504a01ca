import Aggregation

/// Puts together what grows in many small parts: stacks none of which is a suspect by itself, of one
/// function or below one caller, are one if they grow together.
struct GrowthMerging {
  let names: PresentedStacks
  let thresholds: HeapGrowth.Thresholds
  /// Of the whole process, by window.
  let activity: [Int]

  /// A caller goes on being looked for below one that has so much of the growth.
  private static let mostOfAll = 0.8

  /// The rows with those that grow together replaced by one for all of them.
  func merged(_ rows: [GrowthRow]) -> [GrowthRow] {
    var rest = rows.filter { $0.growth.mayBePartOfGrowth }
    var merged = rows.filter { !$0.growth.mayBePartOfGrowth }
    let byFunction = Dictionary(grouping: rest) { names.ownFunction(of: $0.stack) }
    for (function, parts) in byFunction {
      guard let function, let row = together(parts) else { continue }
      merged.append(row)
      rest.removeAll { names.ownFunction(of: $0.stack) == function }
    }
    if let row = together(rest) {
      let found = belowOneCaller(rest)
      merged.append(together(found) ?? row)
      let known = Set(found.map(\.stack.id))
      rest.removeAll { known.contains($0.stack.id) }
    }
    return merged + rest
  }

  /// Several rows as one, if that is a suspect.
  private func together(_ parts: [GrowthRow]) -> GrowthRow? {
    guard parts.count > 1, let series = HeapSeries.sum(parts.map(\.series)) else { return nil }
    let growth = HeapGrowth(series, activity: activity, thresholds)
    guard growth.verdict == .grows else { return nil }
    let largest = parts.max { $0.keptBytes < $1.keptBytes } ?? parts[0]
    return GrowthRow(
      members: [largest.stack] + parts.flatMap(\.members).filter { $0.id != largest.stack.id },
      series: series, growth: growth, isMerged: true)
  }

  /// Of rows that grow together those below the innermost caller that most of the growth is below.
  private func belowOneCaller(_ rows: [GrowthRow]) -> [GrowthRow] {
    var chosen = rows.map { (row: $0, path: names.path(of: $0.stack)) }
    var depth = 0
    while true {
      let branches = Dictionary(grouping: chosen.filter { $0.path.count > depth }) {
        $0.path[depth]
      }
      let all = chosen.reduce(0) { $0 + $1.row.gainedBytes }
      let largest = branches.values.max { Self.gain($0) < Self.gain($1) }
      guard let largest, largest.count > 1,
        Double(Self.gain(largest)) >= Self.mostOfAll * Double(all),
        together(largest.map(\.row)) != nil
      else { return chosen.map(\.row) }
      chosen = largest
      depth += 1
    }
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
  func path(of stack: PresentedStack) -> [UInt32] {
    var path: [UInt32] = []
    var node = stack.id.node
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
