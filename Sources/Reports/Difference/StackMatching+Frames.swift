/// Matching of stacks that differ by frames which came or went.
///
/// A function that was inlined leaves no frame where no debug information tells of it, and one that
/// ends with a call leaves none at all. From names alone that cannot be told from a function that
/// was added or removed; the amounts tell: inlining moves allocations to another stack and neither
/// adds nor loses any.
extension StackMatching {
  /// How many frames may be compared in all; the largest stacks come first.
  private static let mostSteps = 100_000_000

  /// Pairs what is open, then adds to pairs what makes both of their sides agree.
  mutating func matchFrames() {
    guard !openBefore.isEmpty || !openAfter.isEmpty else { return }
    openBefore.sort { (before[$0].amount.bytes, $1) > (before[$1].amount.bytes, $0) }
    openAfter.sort { (after[$0].amount.bytes, $1) > (after[$1].amount.bytes, $0) }
    var comparison = FrameComparison(
      namesBefore: Set(before.lazy.flatMap(\.frames).map(\.name)),
      namesAfter: Set(after.lazy.flatMap(\.frames).map(\.name)), steps: Self.mostSteps)
    pairOpen(&comparison)
    if mergesStacks { mergeOpen(&comparison) }
    openBefore.sort()
    openAfter.sort()
  }

  /// Pairs each open stack with the open one of the other side that has most in common with it.
  private mutating func pairOpen(_ comparison: inout FrameComparison) {
    var taken: Set<Int> = []
    var left: [Int] = []
    for index in openBefore {
      let stack = before[index]
      var best: (index: Int, agrees: Bool, common: Double)?
      for other in openAfter where !taken.contains(other) {
        let candidate = after[other]
        guard let likeness = comparison.likeness(of: stack.frames, and: candidate.frames)
        else { continue }
        let whole = stack.amount.bytes > candidate.amount.bytes ? stack : candidate
        let agrees = Amount.differ(
          stack.amount, candidate.amount, byTenthOf: whole.amount)
        guard agrees || likeness.isInlining && likeness.common >= 2.0 / 3 else { continue }
        if let best, (best.agrees ? 1 : 0, best.common) >= (agrees ? 1 : 0, likeness.common) {
          continue
        }
        best = (other, agrees, likeness.common)
      }
      guard let best else {
        left.append(index)
        continue
      }
      taken.insert(best.index)
      pairs.append(Pair(before: [index], after: [best.index], match: .fuzzy))
    }
    openBefore = left
    openAfter.removeAll { taken.contains($0) }
  }

  /// Adds open stacks to pairs that lack, on that side, what they have. The most particular pairs
  /// come first: what was inlined into a function belongs there and not to its callers.
  private mutating func mergeOpen(_ comparison: inout FrameComparison) {
    let order = pairs.indices.sorted {
      (frames(of: pairs[$0]).count, $1) > (frames(of: pairs[$1]).count, $0)
    }
    for number in order {
      if openBefore.isEmpty, openAfter.isEmpty { return }
      let amounts = (amount(before, pairs[number].before), amount(after, pairs[number].after))
      let isLess = (
        amounts.0.allocations < amounts.1.allocations, amounts.0.bytes < amounts.1.bytes
      )
      // A side that lacks allocations lacks their bytes.
      guard isLess.0 == isLess.1, amounts.0.allocations != amounts.1.allocations else { continue }
      let frames = frames(of: pairs[number])
      func parts(_ open: [Int], _ side: [Stack]) -> [Int] {
        open.filter { comparison.likeness(of: side[$0].frames, and: frames)?.isPart ?? false }
      }
      let found = isLess.0 ? parts(openBefore, before) : parts(openAfter, after)
      let side = isLess.0 ? before : after
      let (less, more) = isLess.0 ? amounts : (amounts.1, amounts.0)
      func completes(_ parts: [Int]) -> Bool {
        let sum = amount(side, parts)
        return !parts.isEmpty && Amount.differ(less + sum, more, byTenthOf: sum)
      }
      guard
        let added = completes(found) ? found : found.first(where: { completes([$0]) }).map({ [$0] })
      else { continue }
      pairs[number].match = .fuzzy
      if isLess.0 {
        pairs[number].before += added
        openBefore.removeAll { added.contains($0) }
      } else {
        pairs[number].after += added
        openAfter.removeAll { added.contains($0) }
      }
    }
  }

  private func frames(of pair: Pair) -> [Frame] {
    pair.before.first.map { before[$0].frames } ?? pair.after.first.map { after[$0].frames } ?? []
  }

  private func amount(_ side: [Stack], _ indices: [Int]) -> Amount {
    indices.reduce(Amount()) { $0 + side[$1].amount }
  }
}

/// Says how much two stacks have in common, until it has compared too much.
private struct FrameComparison {
  /// What two stacks have in common.
  struct Likeness {
    /// The share of the longer one's frames.
    let common: Double
    /// Whether one of them is the other with frames left out.
    let isPart: Bool
    /// Whether all frames that one of them lacks are inlined, or unknown to its whole trace.
    let isInlining: Bool
  }

  let namesBefore: Set<Int>
  let namesAfter: Set<Int>
  var steps: Int

  /// Nil if they do not look like the same calls, or if there is no time left to tell.
  mutating func likeness(
    of left: [StackMatching.Frame], and right: [StackMatching.Frame]
  ) -> Likeness? {
    let (short, long) = left.count < right.count ? (left, right) : (right, left)
    guard steps > 0, let outermost = short.last else { return nil }
    steps -= long.count
    var next = 0
    var isInlining = true
    for frame in long {
      if next < short.count, frame.name == short[next].name {
        next += 1
      } else {
        isInlining =
          isInlining
          && (frame.isInlined || !namesBefore.contains(frame.name)
            || !namesAfter.contains(frame.name))
      }
    }
    if next == short.count {
      return Likeness(
        common: Double(short.count) / Double(long.count), isPart: true,
        isInlining: isInlining && long.last?.name == outermost.name)
    }
    // Each may have functions that the other's trace does not know: some were renamed, or inlined
    // in one build and others in the other.
    let shared = [left, right].map { $0.lazy.map(\.name).filter(isShared) }
    guard shared[0].elementsEqual(shared[1]), let count = Optional(shared[0].count), count > 0
    else { return nil }
    return Likeness(
      common: Double(count) / Double(long.count), isPart: false, isInlining: false)
  }

  private func isShared(_ name: Int) -> Bool {
    namesBefore.contains(name) && namesAfter.contains(name)
  }
}
