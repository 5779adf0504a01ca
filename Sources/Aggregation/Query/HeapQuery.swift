import TraceFormat

/// Which blocks of a trace a profile counts, and what it is grouped by.
///
/// Every condition is one on blocks; a block counts if it meets all of them. The default counts
/// every block.
public struct HeapQuery: Sendable {
  /// Which blocks a window of time chooses.
  public enum Choice: String, Sendable, Hashable, CaseIterable {
    /// Allocated within the window.
    case allocated
    /// Live at the window's end, whenever allocated.
    case live
    /// Allocated within the window and live at its end.
    case retained
    /// Freed within the window, whenever allocated.
    case freed
    /// Live at any moment of the window: what its peak is made of.
    case present

    /// Whether the sum of these blocks is known at every moment. Which blocks will be freed is
    /// not known while they live: they have neither peak nor time line.
    public var hasPeak: Bool { self != .freed }

    /// Whether the blocks are those that were live at one moment, the window's end.
    public var isOfMoment: Bool { self == .live || self == .retained }
  }

  /// What the rows of the result stand for.
  public enum Grouping: Sendable, Hashable {
    /// A recorded stack.
    case stack
    /// A group of recorded stacks: element n is the group of the stack with number n.
    case groups([UInt32])
    /// The number of the thread that allocated.
    case thread
    /// The exact size of a block.
    case size
  }

  /// From its lower bound on and before its upper bound, after the start of recording.
  public var window: Range<UInt64> = HeapQuery.wholeRun
  public var choice = Choice.allocated
  /// Threads that allocated; `nil` is all.
  public var threads: Set<ThreadID>?
  public var sizes: ClosedRange<Int>?
  /// Element n says whether blocks of the stack with number n count; `nil` is all.
  public var stacks: [Bool]?
  /// A block that lived for less is short-lived.
  public var shortLifeNanoseconds = HeapQuery.defaultShortLifeNanoseconds
  public var grouping = Grouping.stack
  /// Groups of recorded stacks whose own peaks are wanted beside those of the rows: element n is
  /// the group of the stack with number n.
  public var ownPeakGroups: [UInt32]?

  /// What blocks there are.
  public var space = BlockSpace.heap

  public init() {}

  public static let wholeRun: Range<UInt64> = 0..<(.max)
  public static let defaultShortLifeNanoseconds: UInt64 = 1_000_000

  /// Whether every block of the trace counts.
  public var countsAll: Bool {
    space == .heap && window == Self.wholeRun && choice != .freed && choice != .live
      && choice != .retained
      && threads == nil && sizes == nil && stacks == nil
  }
}
