/// The stacks or groups of two traces, matched: from these the rows of a difference come, for each cost
/// that adds up from the same matching.
struct ComparedSides {
  private let old: DifferenceSide
  private let new: DifferenceSide
  private let pairs: [StackMatching.Pair]

  /// Matches two traces. Of the question's cost it matters whether it adds up.
  init(_ before: AnalyzedTrace, _ after: AnalyzedTrace, _ question: TraceDifference.Question) {
    var numbers = NameNumbers()
    old = DifferenceSide(before, question, &numbers)
    new = DifferenceSide(after, question, &numbers)
    pairs =
      StackMatching(
        before: old.matched, after: new.matched,
        mergesStacks: question.kind.isAdditive && !question.isInclusive
      ).pairs
  }

  /// A row for each pair, whether or not it has any of the cost.
  func rows(by kind: CostKind) -> [TraceDifference.Row] {
    pairs.map { pair in
      let named =
        pair.after.isEmpty
        ? pair.before.map { old.entries[$0] } : pair.after.map { new.entries[$0] }
      let costliest = named.dropFirst().reduce(named[0]) {
        kind.value(of: $1.cost) > kind.value(of: $0.cost) ? $1 : $0
      }
      var row = TraceDifference.Row(
        name: costliest.name, isNamedByAfter: !pair.after.isEmpty, match: pair.match,
        stacks: named.count)
      for entry in pair.before.lazy.map({ old.entries[$0] }) {
        row.before &+= kind.value(of: entry.cost)
        row.blocksBefore += kind.blocks(of: entry.cost)
      }
      for entry in pair.after.lazy.map({ new.entries[$0] }) {
        row.after &+= kind.value(of: entry.cost)
        row.blocksAfter += kind.blocks(of: entry.cost)
      }
      return row
    }
  }
}
