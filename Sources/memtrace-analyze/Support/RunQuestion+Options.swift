import Analysis
import ArgumentParser
import Reports

extension RunQuestion {
  /// A question about the blocks of a filter, for a report on one cost or on many.
  ///
  /// - Throws: `ValidationError` if the filter cannot tell that cost.
  init(
    _ options: FilterOptions, cost kind: CostKind? = nil, grouping: CostGrouping = .stack
  ) throws {
    do throws(AnalysisError) {
      try self.init(options.filter, cost: kind, grouping: grouping)
    } catch {
      throw ValidationError(CommandFailure(error).message)
    }
  }

  /// A question about the course of what is live: without `--show` all blocks that are live at any
  /// moment of the window count, whenever they were allocated.
  init(running options: FilterOptions) {
    self.init()
    filter = options.filter
    if options.show == nil { filter.choice = .present }
  }
}
