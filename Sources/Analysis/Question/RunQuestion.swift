import Aggregation
import Reports

/// What is asked of a run, apart from how it is shown.
package struct RunQuestion {
  package var filter = HeapFilter()
  /// Whether each block must be followed even if the filter leaves none out.
  package var followsBlocks = false
  /// Whether whole stacks are part of the report, which JSON then has with all frames.
  package var showsStacks = true
  /// Whether stacks that differ in lines alone are told apart.
  package var separatesLines = false
  /// Whether the report says which packages have the symbols that are missing.
  package var namesPackages = false
  /// Whether other traces of a single one's run are looked for.
  package var findsRelatives = false
  /// Whether blocks are followed over time, beside what they come to.
  package var isOverTime = false
  /// Whether `GrowthAnalysis` will judge the answer.
  package var judgesGrowth = false
  /// Into how many intervals a run is divided to say when blocks lived; `nil` if that is not asked.
  package var lifeIntervals: Int?
  /// Whether a moment beside the filter's is a mark.
  package var isToldByMarks = false
  /// How a query tells costs apart.
  package var grouping: (PresentedStacks) -> HeapQuery.Grouping = { .groups($0.groups) }
  /// Groups of stacks whose own peaks are wanted where costs are added up from stacks.
  package var ownPeakGroups: (PresentedStacks) -> [UInt32]? = { _ in nil }
  /// Whether the costs that are asked for are not the sums of those of stacks.
  private var asksByGroup = false

  package init() {}

  /// A question about the blocks of a filter, for a report on one cost or on many.
  ///
  /// - Throws: `AnalysisError.unknownCost` if the filter cannot tell that cost.
  package init(
    _ filter: HeapFilter, cost kind: CostKind? = nil, grouping: CostGrouping = .stack
  ) throws(AnalysisError) {
    self.filter = filter
    separatesLines = grouping.separatesLines
    showsStacks = grouping == .stack
    followsBlocks = grouping.needsQuery
    asksByGroup = grouping.needsQuery || !(kind?.isAdditive ?? true)
    guard let kind else { return }
    followsBlocks = kind.needsQuery || grouping.needsQuery
    // Costs that add up are added up from stacks, by each of their frames.
    if !kind.isAdditive || grouping.needsQuery {
      self.grouping = grouping.queryGrouping
    } else {
      ownPeakGroups = grouping.ownPeakGroups
    }
    if !kind.isKnown(of: filter.choice) { throw .unknownCost(kind, of: filter.choice) }
  }

  /// Whether several traces must be asked with the stacks of all of them in view.
  var needsGroupStacks: Bool { filter.minimumBytes != nil || asksByGroup }
  /// Whether a moment that the answer is told by is a mark.
  var needsMarks: Bool { filter.window.needsMarks || isToldByMarks }
  var needsQuery: Bool { followsBlocks || !filter.isEmpty }
}
