/// Matching of builds that inline otherwise and do not say so: what was called in each of them.
///
/// A function that has a frame wherever it runs is on the stacks of the same allocations in both
/// builds, whatever stands between. One that was inlined in some places, and no debug information
/// tells of it, is on fewer. So the functions under which both traces allocated as much are those that
/// stacks can be told by.
extension StackMatching {
  /// The functions of `names` under which the amounts of the two sides differ by at most one part in
  /// `parts`, or not at all. Linear in the frames of all stacks.
  func steadyNames(_ names: Set<UInt32>, toOneIn parts: Int?) -> Set<UInt32> {
    let old = before.amountsByName
    let new = after.amountsByName
    return names.filter { name in
      guard let old = old[name], let new = new[name] else { return false }
      guard let parts else { return old == new }
      return Amount.differ(old, new, byPart: parts, of: .larger(old, new))
    }
  }
}

extension StackMatching.Side {
  /// By function: what the stacks with a frame of it allocated, each counted once.
  fileprivate var amountsByName: [UInt32: StackMatching.Amount] {
    var amounts: [UInt32: (amount: StackMatching.Amount, last: Int)] = [:]
    for (number, stack) in stacks.enumerated() {
      for frame in frames(number) {
        let known = amounts[frame.name] ?? (StackMatching.Amount(), -1)
        guard known.last != number else { continue }
        amounts[frame.name] = (known.amount + stack.amount, number)
      }
    }
    return amounts.mapValues(\.amount)
  }
}
