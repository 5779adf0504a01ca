import TraceFormat

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

  /// Stacks whose outer frames are missing, and what was allocated on them.
  public struct CutStacks: Sendable, Hashable {
    public var stacks = 0
    /// In the whole run; `nil` if it was not read whole.
    public var allocations: Int? = 0

    public init() {}

    mutating func add(_ allocations: Int) {
      stacks += 1
      self.allocations? += allocations
    }

    /// Adds those of another trace, which has stacks of its own.
    public mutating func add(_ other: CutStacks) {
      stacks += other.stacks
      allocations = allocations.flatMap { own in other.allocations.map { own + $0 } }
    }
  }

  public let query: HeapQuery
  /// The query's window, cut to the run.
  public let window: Range<UInt64>
  /// Of the whole run, whether they are counted or not.
  public let runAllocations: Int
  /// In the order of their groups.
  public let rows: [Row]
  /// The stacks that the counted blocks were allocated on, ascending; `nil` if they are those of the
  /// rows.
  public let stacks: [StackID]?
  /// By the query's groups of own peaks, if it has some and its choice has a running sum.
  public let ownPeaks: [UInt32: (blocks: Int, bytes: Int)]
  /// Of the run's stacks that were cut at the recorder's limit: those that the query leaves out,
  /// and those that it counts.
  public let cutStacks: (left: CutStacks, counted: CutStacks)
  /// Counts of the blocks by their sizes.
  public let sizes: HeapHistogram
  /// Counts of the freed blocks by their lifetimes in nanoseconds.
  public let lifetimes: HeapHistogram

  public init(
    query: HeapQuery, window: Range<UInt64>, runAllocations: Int, rows: [Row],
    stacks: [StackID]? = nil, ownPeaks: [UInt32: (blocks: Int, bytes: Int)] = [:],
    cutStacks: (left: CutStacks, counted: CutStacks) = (CutStacks(), CutStacks()),
    sizes: HeapHistogram, lifetimes: HeapHistogram
  ) {
    self.query = query
    self.window = window
    self.runAllocations = runAllocations
    self.rows = rows
    self.stacks = stacks
    self.ownPeaks = ownPeaks
    self.cutStacks = cutStacks
    self.sizes = sizes
    self.lifetimes = lifetimes
  }
}
