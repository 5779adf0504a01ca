/// Matching of stacks that differ by frames which came or went.
///
/// A function that was inlined leaves no frame where no debug information tells of it, and one that
/// ends with a call leaves none at all. From names alone that cannot be told from a function that
/// was added or removed; the amounts tell: inlining moves allocations to another stack and neither
/// adds nor loses any.
extension StackMatching {
  /// How many frames may be compared in all, and how many stacks of a side, or pairs, are looked at:
  /// those with the most bytes.
  private static let mostSteps = 100_000_000
  private static let mostStacks = 4096

  /// A stack that has no counterpart, or an equal amount in none.
  private struct Open {
    let index: Int
    let course: FrameCourse
    let amount: Amount
  }

  /// Pairs what is open, then adds to pairs what makes both of their sides agree.
  mutating func matchFrames() {
    guard !before.names.isEmpty, !after.names.isEmpty, !openBefore.isEmpty || !openAfter.isEmpty
    else { return }
    let shared = before.names.intersection(after.names)
    if mergesStacks {
      // The more functions distinguish stacks, the better, and exact agreement comes first.
      // Runs differ a little: what differs more is told by fewer functions.
      let neverInlined = shared.subtracting(before.inlinedNames).subtracting(after.inlinedNames)
      let levels = [
        neverInlined, steadyNames(shared, toOneIn: 100), steadyNames(shared, toOneIn: nil),
      ]
      for isWhole in [true, false] {
        for names in levels { mergeCores(names, agreeingWholly: isWhole) }
      }
    }
    var left = Self.largest(openBefore, of: before, shared)
    var right = Self.largest(openAfter, of: after, shared)
    var steps = Self.mostSteps
    pair(&left, &right, &steps)
    if mergesStacks { merge(&left, &right, shared, &steps) }
    let matched = (
      before: Set(pairs.lazy.flatMap(\.before)), after: Set(pairs.lazy.flatMap(\.after))
    )
    openBefore.removeAll { matched.before.contains($0) }
    openAfter.removeAll { matched.after.contains($0) }
  }

  private static func largest(_ open: [Int], of side: Side, _ shared: Set<UInt32>) -> [Open] {
    open.sorted { (side.stacks[$0].amount.bytes, $1) > (side.stacks[$1].amount.bytes, $0) }
      .prefix(mostStacks)
      .map { index in
        Open(
          index: index, course: FrameCourse(side.frames(index), shared),
          amount: side.stacks[index].amount)
      }
  }

  /// Pairs each open stack with the open one of the other side that has most in common with it.
  private mutating func pair(
    _ left: inout [Open], _ right: inout [Open], _ steps: inout Int
  ) {
    var unpaired: [Open] = []
    for stack in left {
      var best: (place: Int, agrees: Bool, common: Double)?
      for (place, candidate) in right.enumerated() {
        guard let likeness = stack.course.likeness(to: candidate.course, &steps)
        else { continue }
        let agrees = Amount.differ(
          stack.amount, candidate.amount, of: .larger(stack.amount, candidate.amount))
        guard agrees || likeness.isInlining && likeness.common >= 2.0 / 3 else { continue }
        if let best, (best.agrees ? 1 : 0, best.common) >= (agrees ? 1 : 0, likeness.common) {
          continue
        }
        best = (place, agrees, likeness.common)
      }
      guard let best else {
        unpaired.append(stack)
        continue
      }
      pairs.append(
        Pair(before: [stack.index], after: [right[best.place].index], match: .fuzzy))
      right.remove(at: best.place)
    }
    left = unpaired
  }

  /// Adds open stacks to pairs that lack, on that side, what they have. The most particular pairs
  /// come first: what was inlined into a function belongs there and not to its callers.
  private mutating func merge(
    _ left: inout [Open], _ right: inout [Open], _ shared: Set<UInt32>, _ steps: inout Int
  ) {
    for candidate in unequalPairs(shared) {
      if left.isEmpty && right.isEmpty || steps <= 0 { return }
      // A side that lacks allocations lacks their bytes.
      let (old, new) = (candidate.before, candidate.after)
      guard (old.allocations < new.allocations) == (old.bytes < new.bytes) else { continue }
      let isLess = old.allocations < new.allocations
      let (less, more) = isLess ? (old, new) : (new, old)
      let open = isLess ? left : right
      let parts = open.filter {
        $0.course.likeness(to: candidate.course, &steps)?.isPart ?? false
      }
      func completes(_ parts: [Open]) -> Bool {
        let sum = parts.reduce(Amount()) { $0 + $1.amount }
        return !parts.isEmpty && Amount.differ(less + sum, more, of: sum)
      }
      guard
        let added = completes(parts) ? parts : parts.first(where: { completes([$0]) }).map({ [$0] })
      else { continue }
      let indices = Set(added.map(\.index))
      pairs[candidate.number].match = .fuzzy
      if isLess {
        pairs[candidate.number].before += added.map(\.index)
        left.removeAll { indices.contains($0.index) }
      } else {
        pairs[candidate.number].after += added.map(\.index)
        right.removeAll { indices.contains($0.index) }
      }
    }
  }

  /// Pairs whose sides have different numbers of allocations, those with the most frames first.
  private func unequalPairs(
    _ shared: Set<UInt32>
  ) -> [(number: Int, course: FrameCourse, before: Amount, after: Amount)] {
    func amount(_ indices: [Int], _ side: Side) -> Amount {
      indices.reduce(Amount()) { $0 + side.stacks[$1].amount }
    }
    return pairs.enumerated()
      .map { ($0, amount($1.before, before), amount($1.after, after)) }
      .filter { $1.allocations != $2.allocations }
      .sorted { (max($0.1.bytes, $0.2.bytes), $1.0) > (max($1.1.bytes, $1.2.bytes), $0.0) }
      .prefix(Self.mostStacks)
      .map { ($0.0, FrameCourse(before.frames(pairs[$0.0].before[0]), shared), $0.1, $0.2) }
      .sorted { ($0.course.names.count, $1.number) > ($1.course.names.count, $0.number) }
  }
}

/// The frames of a stack as they are compared with those of another trace.
private struct FrameCourse {
  /// What two stacks have in common.
  struct Likeness {
    /// The share of the longer one's frames.
    let common: Double
    /// Whether one of them is the other with frames left out.
    let isPart: Bool
    /// Whether all frames that one of them lacks may have been inlined.
    let isInlining: Bool
  }

  /// Of functions, innermost first.
  let names: [UInt32]
  /// By frame: whether it is inlined, or of a function that the other trace does not know.
  private let mayBeInlined: [Bool]
  /// Of the names those that both traces know.
  private let sharedNames: [UInt32]

  init(_ frames: [StackMatching.Frame], _ shared: Set<UInt32>) {
    names = frames.map(\.name)
    mayBeInlined = frames.map { $0.isInlined || !shared.contains($0.name) }
    sharedNames = names.filter(shared.contains)
  }

  /// What this and another stack have in common; nil if they do not look like the same calls, or if
  /// no steps are left to tell.
  func likeness(to other: FrameCourse, _ steps: inout Int) -> Likeness? {
    let (short, long) = names.count < other.names.count ? (self, other) : (other, self)
    guard steps > 0, let outermost = short.names.last else { return nil }
    steps -= long.names.count
    var next = 0
    var isInlining = long.names.last == outermost
    for (place, name) in long.names.enumerated() {
      if next < short.names.count, name == short.names[next] {
        next += 1
      } else {
        isInlining = isInlining && long.mayBeInlined[place]
      }
    }
    let length = Double(long.names.count)
    if next == short.names.count {
      return Likeness(common: Double(next) / length, isPart: true, isInlining: isInlining)
    }
    // Each may have functions that the other's trace does not know: some were renamed, or inlined
    // in one build and others in the other.
    guard !sharedNames.isEmpty, sharedNames == other.sharedNames else { return nil }
    return Likeness(common: Double(sharedNames.count) / length, isPart: false, isInlining: false)
  }
}
