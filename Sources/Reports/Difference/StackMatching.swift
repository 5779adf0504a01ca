/// Finds the stacks, or other groups, of one trace in another.
///
/// Each step is for what the ones before left over. First come stacks of the same functions in
/// modules of the same builds, then of the same functions and modules, then of the same functions.
/// What is left then may differ by frames that came or went, as inlining and calls in tail position
/// make them: see `StackMatching+Frames`.
struct StackMatching {
  /// How a pair was found.
  enum Match: String, Sendable {
    /// Functions of the same builds.
    case exact
    /// Functions, or groups, of the same names.
    case name
    /// The same but for frames that came or went.
    case fuzzy
  }

  /// What a frame is known by, from the strictest to the most lenient, as numbers that mean the
  /// same on both sides.
  struct Frame: Hashable {
    var build: Int
    var module: Int
    var name: Int
    var isInlined = false
  }

  /// One entry of a side; groups other than stacks have one frame that stands for their name.
  struct Stack {
    /// Innermost first.
    let frames: [Frame]
    let amount: Amount
  }

  /// What is the same in two builds of one program that do the same, whatever they inline.
  struct Amount {
    var allocations = 0
    var bytes = 0

    static func + (left: Amount, right: Amount) -> Amount {
      Amount(
        allocations: left.allocations + right.allocations, bytes: left.bytes &+ right.bytes)
    }

    /// Whether two amounts differ by at most a tenth of a third one.
    static func differ(_ left: Amount, _ right: Amount, byTenthOf whole: Amount) -> Bool {
      func isNear(_ left: Int, _ right: Int, _ whole: Int) -> Bool {
        Double((left - right).magnitude) * 10 <= Double(whole)
      }
      return isNear(left.allocations, right.allocations, whole.allocations)
        && isNear(left.bytes, right.bytes, whole.bytes)
    }
  }

  /// What is the same to a reader, as indices in each side's list; one of them may be empty.
  struct Pair {
    var before: [Int] = []
    var after: [Int] = []
    var match: Match?
  }

  let before: [Stack]
  let after: [Stack]
  /// Whether several stacks of a side may be one to the reader: only costs that add up can.
  let mergesStacks: Bool
  var pairs: [Pair] = []
  var openBefore: [Int]
  var openAfter: [Int]

  /// Matches two lists; with `hasFrames` they are stacks and not groups of another kind.
  ///
  /// Complexity: linear in the frames, and a bounded number of comparisons for stacks that have no
  /// counterpart of the same names.
  init(before: [Stack], after: [Stack], hasFrames: Bool, mergesStacks: Bool) {
    self.before = before
    self.after = after
    self.mergesStacks = mergesStacks
    openBefore = Array(before.indices)
    openAfter = Array(after.indices)
    match(as: .exact) { $0.build }
    match(as: .name) { $0.module }
    match(as: .name) { $0.name }
    if hasFrames { matchFrames() }
    pairs += openBefore.map { Pair(before: [$0]) } + openAfter.map { Pair(after: [$0]) }
  }

  /// Pairs what is open and has equal keys on both sides.
  private mutating func match(as match: Match, by key: (Frame) -> Int) {
    guard !openBefore.isEmpty, !openAfter.isEmpty else { return }
    var numbers: [[Int]: Int] = [:]
    var found: [Pair] = []
    for index in openBefore {
      let key = before[index].frames.map(key)
      if let number = numbers[key] {
        found[number].before.append(index)
      } else {
        numbers[key] = found.count
        found.append(Pair(before: [index], match: match))
      }
    }
    var openAfter: [Int] = []
    for index in self.openAfter {
      if let number = numbers[after[index].frames.map(key)] {
        found[number].after.append(index)
      } else {
        openAfter.append(index)
      }
    }
    openBefore = []
    self.openAfter = openAfter
    for pair in found {
      if pair.after.isEmpty {
        openBefore += pair.before
      } else if mergesStacks {
        pairs.append(pair)
      } else {
        let both = min(pair.before.count, pair.after.count)
        for place in 0..<both {
          pairs.append(Pair(before: [pair.before[place]], after: [pair.after[place]], match: match))
        }
        openBefore += pair.before[both...]
        self.openAfter += pair.after[both...]
      }
    }
    openBefore.sort()
    self.openAfter.sort()
  }
}
