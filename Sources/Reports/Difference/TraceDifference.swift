import Aggregation

/// What a cost was in one trace and is in another, or at two moments of one: stack by stack, or
/// group by group.
public struct TraceDifference: Sendable {
  /// What is compared.
  public struct Question: Sendable, Hashable {
    public let kind: CostKind
    public let grouping: CostGrouping
    /// Whether groups count with all that they call.
    public let isInclusive: Bool

    public init(by kind: CostKind, grouping: CostGrouping = .stack, isInclusive: Bool = false) {
      self.kind = kind
      self.grouping = grouping
      self.isInclusive = isInclusive && grouping.hasFrames && kind.isAdditive
    }
  }

  /// What an entry is called.
  enum Name: Sendable {
    case stack(PresentedStack)
    case group(CostGroup.Label)
  }

  /// One entry: what is the same on both sides.
  struct Row: Sendable {
    let name: Name
    /// Which side the name is from: the later one, if it is there.
    let isNamedByAfter: Bool
    let match: StackMatching.Match?
    /// How many stacks its name is the costliest of.
    let stacks: Int
    var before = 0
    var after = 0
    var blocksBefore = 0
    var blocksAfter = 0

    var change: Int { after &- before }
    var isGained: Bool { blocksBefore == 0 && blocksAfter > 0 }
    var isLost: Bool { blocksAfter == 0 && blocksBefore > 0 }
  }

  let before: AnalyzedTrace
  let after: AnalyzedTrace
  let question: Question
  /// The largest change first; entries that cost nothing on either side are left out.
  let rows: [Row]

  /// Compares two traces, which both answer the question's query if it needs one.
  public init(_ before: AnalyzedTrace, _ after: AnalyzedTrace, _ question: Question) {
    self.before = before
    self.after = after
    self.question = question
    let rows = ComparedSides(before, after, question).rows(by: question.kind)
    // The order of pairs is that of the traces' stacks: the same traces give the same report.
    self.rows = rows.filter { $0.blocksBefore > 0 || $0.blocksAfter > 0 }.enumerated()
      .sorted { left, right in
        (left.element.change.magnitude, left.element.after, right.offset)
          > (right.element.change.magnitude, right.element.after, left.offset)
      }
      .map(\.element)
  }

  /// The stacks that a row's name is one of.
  func stacks(of row: Row) -> PresentedStacks {
    row.isNamedByAfter ? after.stacks : before.stacks
  }

  var totalBefore: Int { question.kind.total(of: before.profile.totals) }
  var totalAfter: Int { question.kind.total(of: after.profile.totals) }

  /// Entries by what became of them, in the order of the report.
  var parts: [(part: Part, rows: [Row])] {
    let rows = Dictionary(grouping: rows) { row -> Part in
      if row.isGained { return .gained }
      if row.isLost { return .lost }
      return row.change > 0 ? .grown : row.change < 0 ? .shrunk : .same
    }
    return Part.allCases.map { ($0, rows[$0] ?? []) }
  }

  /// What may become of an entry.
  enum Part: String, CaseIterable {
    /// Not there before.
    case gained
    /// Not there any more.
    case lost
    case grown, shrunk, same
  }
}
