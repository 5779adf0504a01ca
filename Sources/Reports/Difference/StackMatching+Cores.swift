import Aggregation

/// Matching of builds that inline otherwise, or of one without debug information: of each stack the
/// functions count that both traces know and that neither has inlined anywhere.
extension StackMatching {
  /// Stacks of one core that are not the same on both sides.
  private struct Core {
    /// Places in `pairs`.
    var pairs: [Int] = []
    var before: [Int] = []
    var after: [Int] = []
    var amountBefore = Amount()
    var amountAfter = Amount()
    /// Of the stacks that have no counterpart.
    var open = Amount()

    /// Whether what has no counterpart is what pairs lack, or each other's.
    func agrees(wholly: Bool) -> Bool {
      guard open.allocations > 0, amountBefore.allocations > 0, amountAfter.allocations > 0 else {
        return false
      }
      return wholly
        ? amountBefore == amountAfter : Amount.differ(amountBefore, amountAfter, of: open)
    }
  }

  /// Makes one of open stacks, and pairs whose sides differ, that have the functions of `names` in
  /// common, if both sides then agree. Linear in their frames.
  mutating func mergeCores(_ names: Set<UInt32>, agreeingWholly isWhole: Bool) {
    var numbers = KeyNumbering()
    // The stack of no such function.
    _ = numbers.number(of: .max)
    var cores: [Core] = []
    var coreOfStack: [UInt32: Int] = [:]
    func core(_ frames: [Frame]) -> Int? {
      var stack: UInt32 = 0
      for frame in frames where names.contains(frame.name) {
        stack = numbers.number(of: UInt64(stack) << 32 | UInt64(frame.name))
      }
      if stack == 0 { return nil }
      if let known = coreOfStack[stack] { return known }
      coreOfStack[stack] = cores.count
      cores.append(Core())
      return cores.count - 1
    }
    for index in openBefore {
      guard let core = core(before.frames(index)) else { continue }
      cores[core].before.append(index)
      cores[core].amountBefore += before.stacks[index].amount
      cores[core].open += before.stacks[index].amount
    }
    for index in openAfter {
      guard let core = core(after.frames(index)) else { continue }
      cores[core].after.append(index)
      cores[core].amountAfter += after.stacks[index].amount
      cores[core].open += after.stacks[index].amount
    }
    for (number, pair) in pairs.enumerated() {
      let amounts = (
        pair.before.reduce(Amount()) { $0 + before.stacks[$1].amount },
        pair.after.reduce(Amount()) { $0 + after.stacks[$1].amount }
      )
      guard amounts.0 != amounts.1,
        let core = core(before.frames(pair.before[0]))
      else { continue }
      cores[core].pairs.append(number)
      cores[core].amountBefore += amounts.0
      cores[core].amountAfter += amounts.1
    }
    merge(cores.filter { $0.agrees(wholly: isWhole) })
  }

  private mutating func merge(_ cores: [Core]) {
    guard !cores.isEmpty else { return }
    var merged: [Pair] = []
    var gone: Set<Int> = []
    var matched: (before: Set<Int>, after: Set<Int>) = ([], [])
    for core in cores {
      var pair = Pair(before: core.before, after: core.after, match: .fuzzy)
      for number in core.pairs {
        pair.before += pairs[number].before
        pair.after += pairs[number].after
      }
      merged.append(pair)
      gone.formUnion(core.pairs)
      matched.before.formUnion(core.before)
      matched.after.formUnion(core.after)
    }
    pairs = pairs.indices.filter { !gone.contains($0) }.map { pairs[$0] } + merged
    openBefore.removeAll { matched.before.contains($0) }
    openAfter.removeAll { matched.after.contains($0) }
  }
}
