/// Finds the stacks, or other groups, of one trace in another.
///
/// Each step is for what the ones before left over. First come stacks of the same functions in
/// modules of the same builds, then of the same functions and modules, then of the same functions, then
/// of functions that differ in parameters, or template arguments, or of code without names.
/// What is left then may differ by frames that came or went, as inlining and calls in tail position
/// make them: see `StackMatching+Frames`.
struct StackMatching {
  /// How a pair was found.
  enum Match: String, Sendable {
    /// Functions of the same builds.
    case exact
    /// Functions, or groups, of the same names.
    case name
    /// The same but for parameters, template arguments, or frames that came or went.
    case fuzzy
  }

  /// One stack or group of a side, and the numbers of what it is known by, from the strictest to
  /// the most lenient; a number means the same on both sides.
  struct Stack {
    /// Functions of builds.
    var build: UInt32
    /// Functions of modules.
    var module: UInt32
    var name: UInt32
    /// Names without parameters and template arguments.
    var plainName: UInt32
    var amount = Amount()
  }

  /// A frame as it is compared where stacks differ in some.
  struct Frame {
    /// The number of its function's plain name.
    let name: UInt32
    let isInlined: Bool
  }

  /// One of two traces.
  struct Side {
    var stacks: [Stack] = []
    /// Of all functions of the trace, by their names' numbers; empty if there are no frames.
    var names: Set<UInt32> = []
    /// Of these the functions that are inlined somewhere.
    var inlinedNames: Set<UInt32> = []
    /// The frames of a stack, innermost first.
    var frames: (Int) -> [Frame] = { _ in [] }
  }

  /// What is the same in two builds of one program that do the same, whatever they inline.
  struct Amount: Equatable {
    var allocations = 0
    var bytes = 0

    static func + (left: Amount, right: Amount) -> Amount {
      Amount(
        allocations: left.allocations + right.allocations, bytes: left.bytes &+ right.bytes)
    }

    static func += (left: inout Amount, right: Amount) { left = left + right }

    static func larger(_ left: Amount, _ right: Amount) -> Amount {
      left.bytes < right.bytes ? right : left
    }

    /// Whether two amounts differ by at most a part, a tenth, of a third one.
    static func differ(
      _ left: Amount, _ right: Amount, byPart parts: Int = 10, of whole: Amount
    ) -> Bool {
      func isNear(_ left: Int, _ right: Int, _ whole: Int) -> Bool {
        Double((left - right).magnitude) * Double(parts) <= Double(whole)
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

  let before: Side
  let after: Side
  /// Whether several stacks of a side may be one to the reader: only costs that add up can.
  let mergesStacks: Bool
  var pairs: [Pair] = []
  var openBefore: [Int]
  var openAfter: [Int]

  /// Matches two traces.
  ///
  /// Complexity: linear in the stacks, and a bounded number of comparisons of frames for those that
  /// have no counterpart of the same names.
  init(before: Side, after: Side, mergesStacks: Bool) {
    self.before = before
    self.after = after
    self.mergesStacks = mergesStacks
    openBefore = Array(before.stacks.indices)
    openAfter = Array(after.stacks.indices)
    match(as: .exact, by: \.build)
    match(as: .name, by: \.module)
    match(as: .name, by: \.name)
    match(as: .fuzzy, by: \.plainName)
    matchFrames()
    pairs += openBefore.map { Pair(before: [$0]) } + openAfter.map { Pair(after: [$0]) }
  }

  /// Pairs what is open and has equal keys on both sides.
  private mutating func match(as match: Match, by key: KeyPath<Stack, UInt32>) {
    guard !openBefore.isEmpty, !openAfter.isEmpty else { return }
    var numbers: [UInt32: Int] = [:]
    var found: [Pair] = []
    for index in openBefore {
      let key = before.stacks[index][keyPath: key]
      if let number = numbers[key] {
        found[number].before.append(index)
      } else {
        numbers[key] = found.count
        found.append(Pair(before: [index], match: match))
      }
    }
    var openAfter: [Int] = []
    for index in self.openAfter {
      if let number = numbers[after.stacks[index][keyPath: key]] {
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
