import Aggregation
import ArgumentParser
import Reports

/// What a command wants to know of a trace, apart from how it is shown.
struct TraceQuestion {
  var filter = HeapFilter()
  /// Whether each block must be followed even if the filter leaves none out.
  var followsBlocks = false
  /// Whether whole stacks are part of the report, which JSON then has with all frames.
  var showsStacks = true
  /// Whether stacks that differ in lines alone are told apart.
  var separatesLines = false
  /// Whether the report says which packages have the symbols that are missing.
  var namesPackages = false
  /// Whether several traces must be asked with the stacks of all of them in view.
  var needsGroupStacks: Bool { filter.minimumBytes != nil || asksByGroup }
  /// Whether blocks are followed over time, beside what they come to.
  var isOverTime = false
  /// Whether a moment that the answer is told by is a mark.
  var needsMarks: Bool { filter.window.needsMarks || isToldByMarks }
  /// Whether a moment beside the filter's is a mark.
  var isToldByMarks = false
  /// Whether the costs that are asked for are not the sums of those of stacks.
  private var asksByGroup = false
  /// How a query tells costs apart.
  var grouping: (PresentedStacks) -> HeapQuery.Grouping = { .groups($0.groups) }
  /// Groups of stacks whose own peaks are wanted where costs are added up from stacks.
  private(set) var ownPeakGroups: (PresentedStacks) -> [UInt32]? = { _ in nil }

  /// A question about the blocks of a filter, for a report on one cost or on many.
  ///
  /// - Throws: `ValidationError` if the filter cannot tell that cost.
  init(
    _ filter: FilterOptions, cost kind: CostKind? = nil, grouping: CostGrouping = .stack
  ) throws {
    self.filter = filter.filter
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
    if !kind.isKnown(of: self.filter.choice) {
      throw ValidationError(
        "--show \(self.filter.choice.rawValue) knows no \(kind.rawValue): which blocks will be "
          + "freed is not known while they live.")
    }
  }

  /// A question about the course of what is live: without `--show` all blocks that are live at any
  /// moment of the window count, whenever they were allocated.
  init(running filter: FilterOptions) {
    self.filter = filter.filter
    if filter.show == nil { self.filter.choice = .present }
  }

  init() {}

  var needsQuery: Bool { followsBlocks || !filter.isEmpty }
}
