import Aggregation

/// A cost that stacks can be ranked by and drawn with: what it is of an account, and what it is called.
/// `HeapProfile` defines the terms.
///
/// One more cost of what accounts have is a value like those in `StandardCosts.swift` and its entry in
/// `standard`; the command line, rankings, trees, exports and differences take it from there.
public struct CostKind: Sendable {
  /// What the command line and JSON call it.
  public let rawValue: String
  /// What it is, in a line of help.
  public let abstract: String
  /// The title of a ranking.
  let title: String
  /// What a picture shows.
  let subject: String
  /// Why a ranking may be empty.
  let nothing: String
  /// Whether values are bytes; otherwise they count allocations.
  public let isBytes: Bool
  /// Whether only a query tells it: the quick replay does not follow each block.
  public let needsQuery: Bool
  /// Whether the values of stacks may be added up: own peaks are those of different moments.
  public let isAdditive: Bool
  /// Whether it is about a highest moment, which blocks that are chosen by their end have not.
  private let isOfPeak: Bool
  private let valueOf: @Sendable (StackCost) -> Int
  private let blocksOf: @Sendable (StackCost) -> Int

  /// Describes a cost; see the properties. `value` is what one stack contributes, `blocks` the number of
  /// blocks behind it.
  public init(
    _ rawValue: String, _ abstract: String, title: String, subject: String,
    nothing: String = "none",
    isBytes: Bool, needsQuery: Bool = false, isAdditive: Bool = true, isOfPeak: Bool = false,
    value: @escaping @Sendable (StackCost) -> Int, blocks: @escaping @Sendable (StackCost) -> Int
  ) {
    self.rawValue = rawValue
    self.abstract = abstract
    self.title = title
    self.subject = subject
    self.nothing = nothing
    self.isBytes = isBytes
    self.needsQuery = needsQuery
    self.isAdditive = isAdditive
    self.isOfPeak = isOfPeak
    valueOf = value
    blocksOf = blocks
  }

  /// Whether it is known of blocks that are chosen by a query.
  public func isKnown(of choice: HeapQuery.Choice) -> Bool { !isOfPeak || choice.hasPeak }

  /// What one stack contributes.
  public func value(of cost: StackCost) -> Int { valueOf(cost) }

  /// The number of blocks behind `value(of:)`: what decides between equal sizes, and what tells a
  /// stack that leaked empty blocks from one that leaked nothing.
  public func blocks(of cost: StackCost) -> Int { blocksOf(cost) }

  /// The cost of all stacks together.
  public func total(of totals: HeapTotals) -> Int { value(of: totals.cost) }
}

extension CostKind: Hashable {
  public static func == (left: CostKind, right: CostKind) -> Bool {
    left.rawValue == right.rawValue
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension CostKind: CaseIterable {
  /// Those that the command line offers.
  public static var allCases: [CostKind] { standard }

  /// The cost of a name that the command line offers.
  public init?(rawValue: String) {
    guard let kind = Self.standard.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = kind
  }
}
