import Aggregation
import Symbolization

/// What every report is rendered from: a profile, its stacks made readable, and what is known
/// about the other processes of the run. Immutable; rendering neither reads files nor fails.
public struct AnalyzedTrace: Sendable {
  /// The trace as the user named it.
  public let path: String
  public let profile: HeapProfile
  public let stacks: PresentedStacks
  /// What could not be symbolized, and why.
  public let symbolization: SymbolizationDiagnostics
  /// Other traces of the same run, in no particular order.
  public let relatives: [RelatedTrace]
  /// Which blocks the figures are about; empty for all.
  public let filter: HeapFilter

  /// Symbolizes and presents a profile's stacks, as `rules` want them shown or, with
  /// `keepsAllFrames`, whole.
  ///
  /// Complexity: linear in the stack tree; every distinct address is symbolized once.
  public init(
    path: String, profile: HeapProfile, symbolizer: some Symbolizing,
    rules: FrameRules = .standard, keepsAllFrames: Bool = false, separatesLines: Bool = false,
    foldsRecursion: Bool = true, relatives: [RelatedTrace] = []
  ) {
    self.path = path
    self.profile = profile
    self.relatives = relatives
    stacks = PresentedStacks(
      of: profile.stacks, costs: profile.costs, modules: profile.modules, symbolizer: symbolizer,
      rules: rules, keepsAllFrames: keepsAllFrames, separatesLines: separatesLines,
      foldsRecursion: foldsRecursion)
    symbolization = symbolizer.diagnostics
    filter = HeapFilter()
  }

  /// Puts the answer to a query and its stacks together; `stacks` are those of the trace that was
  /// asked, with any costs.
  public init(
    path: String, answer profile: HeapProfile, stacks: PresentedStacks,
    symbolization: SymbolizationDiagnostics, filter: HeapFilter,
    relatives: [RelatedTrace] = []
  ) {
    self.path = path
    self.profile = profile
    self.stacks = stacks.replacingCosts(profile.costs, of: profile.selection?.stacks)
    self.symbolization = symbolization
    self.filter = filter
    self.relatives = relatives
  }

  /// The filter in a sentence; nil if no block is left out.
  var filterSentence: String? {
    guard let selection = profile.selection, !filter.isEmpty else { return nil }
    return FilterText(
      filter: filter, window: selection.window,
      durationNanoseconds: profile.process.durationNanoseconds
    ).sentence
  }

  private init(_ trace: AnalyzedTrace, _ profile: HeapProfile, _ stacks: PresentedStacks) {
    path = trace.path
    relatives = trace.relatives
    symbolization = trace.symbolization
    filter = trace.filter
    self.profile = profile
    self.stacks = stacks
  }

  /// The same trace with other costs of its stacks; the totals' leaks are their sum.
  func replacingCosts(_ costs: [StackCost]) -> AnalyzedTrace {
    AnalyzedTrace(
      self, profile.replacingLeaks(in: costs),
      stacks.replacingCosts(costs, of: profile.selection?.stacks))
  }

  /// All that a reader should know before believing the figures, most important first.
  public var notices: [Notice] { NoticeCollector.notices(for: self) }
}
