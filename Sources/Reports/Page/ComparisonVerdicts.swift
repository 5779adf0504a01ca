import Aggregation

/// What the page of a comparison answers before anybody asks: what became of each cost, and who changed
/// it most.
enum ComparisonVerdicts {
  /// The costs that have an answer.
  static let kinds: [CostKind] = [.peak, .bytes, .allocations, .leaked, .temporary, .wasted]

  /// A change of less than this part is none to look at.
  private static let large = 0.02

  /// What is to be looked at first.
  static func ranked(_ verdicts: [PageVerdict]) -> [PageVerdict] {
    [PageVerdict.Weight.look, .note, .fine].flatMap { weight in
      verdicts.filter { $0.weight == weight }
    }
  }

  /// What a whole is called: a cost's title is that of a ranking.
  static func name(of kind: CostKind) -> String {
    switch kind {
    case .peak: "Peak"
    case .bytes: "Allocated"
    case .allocations: "Allocations"
    case .live: "Live at the end"
    case .leaked: "Leaked"
    case .temporary: "Temporary allocations"
    case .wasted: "Allocated before by buffers that grew"
    default: kind.title
    }
  }

  /// The answer on one cost; `changes` are those of functions by themselves.
  static func verdict(
    _ kind: CostKind, before: Int, after: Int,
    changes: [(name: String, change: ComparisonTree.Change)]
  ) -> PageVerdict {
    let link = "cost=\(kind.rawValue)"
    let difference = after &- before
    let differ = changes.filter { $0.change.before != $0.change.after }
    guard difference != 0 || !differ.isEmpty else {
      return PageVerdict(
        .init(kind), .fine,
        [.text("The same on both sides: \(kind.text(after)) of \(kind.abstract).")])
    }
    let whole = Double(max(1, before, after))
    let weight: PageVerdict.Weight =
      Double(difference) >= large * whole ? .look : difference <= 0 ? .fine : .note
    let sum = difference == 0 ? "unchanged in sum" : ComparisonDocument.change(before, after, kind)
    return PageVerdict(
      .init(kind), weight,
      [
        .text("\(name(of: kind)): \(kind.text(before)) → \(kind.text(after)), "),
        .figure(sum, link: link), .text("."),
      ] + blame(kind, differ, link))
  }

  /// The functions that gained and lost most.
  private static func blame(
    _ kind: CostKind, _ changes: [(name: String, change: ComparisonTree.Change)], _ link: String
  ) -> [PageVerdict.Part] {
    func part(
      _ words: String, _ sign: String, by amount: (ComparisonTree.Change) -> Int
    ) -> [PageVerdict.Part] {
      let most = changes.max { amount($0.change) < amount($1.change) }
      guard let most, amount(most.change) > 0 else { return [] }
      return [
        .text(" \(words) "),
        .figure(
          NameShortener(columns: 60).shortened(SafeText.sanitized(most.name)),
          link: "\(link)&view=allocators"),
        .text(" (\(sign)\(kind.text(amount(most.change))))."),
      ]
    }
    return part("It grew most in", "+") { $0.after &- $0.before }
      + part("It fell most in", "-") { $0.before &- $0.after }
  }
}

extension PageVerdict.Topic {
  fileprivate init(_ kind: CostKind) {
    switch kind {
    case .peak: self = .peak
    case .leaked: self = .leaks
    case .temporary: self = .temporary
    case .wasted: self = .realloc
    default: self = .allocated
    }
  }
}
