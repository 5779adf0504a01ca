/// What a query found beyond the costs of stacks. Present in profiles that answer one.
public struct HeapSelection: Sendable {
  /// Costs of one group of the query's grouping; `cost.stack` is a stack of it, or the root.
  public struct Row: Sendable {
    /// What the grouping names it: a stack's number, a group, a thread's number or a size.
    public let group: UInt64
    public let cost: StackCost

    public init(group: UInt64, cost: StackCost) {
      self.group = group
      self.cost = cost
    }
  }

  public let query: HeapQuery
  /// The query's window, cut to the run.
  public let window: Range<UInt64>
  /// Of the whole run, whether they are counted or not.
  public let runAllocations: Int
  /// In the order of their groups.
  public let rows: [Row]
  /// Counts of the blocks by their sizes.
  public let sizes: HeapHistogram
  /// Counts of the freed blocks by their lifetimes in nanoseconds.
  public let lifetimes: HeapHistogram

  public init(
    query: HeapQuery, window: Range<UInt64>, runAllocations: Int, rows: [Row],
    sizes: HeapHistogram, lifetimes: HeapHistogram
  ) {
    self.query = query
    self.window = window
    self.runAllocations = runAllocations
    self.rows = rows
    self.sizes = sizes
    self.lifetimes = lifetimes
  }
}
