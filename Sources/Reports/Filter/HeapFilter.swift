import Aggregation
import TraceFormat

/// Which blocks a report is about, in the user's terms: a block counts if it meets every
/// condition. Names are patterns in which `*` stands for any text.
public struct HeapFilter: Sendable, Hashable {
  public var space = BlockSpace.heap
  public var window = TimeWindow()
  public var choice = HeapQuery.Choice.allocated
  /// Threads that allocated, by number or name; empty for all.
  public var threads: [String] = []
  /// Stacks with a frame in a module of such a name; empty for all.
  public var modules: [String] = []
  /// Stacks with a frame of a function of such a name; empty for all.
  public var functions: [String] = []
  /// Stacks without any frame of such a function or module.
  public var excluded: [String] = []
  public var sizes: ClosedRange<Int>?
  /// Stacks whose blocks, as far as they meet the other conditions, add up to so much.
  public var minimumBytes: Int?
  /// A block that lived for less is short-lived. No condition, but what a cost means.
  public var shortLifeNanoseconds = HeapQuery.defaultShortLifeNanoseconds

  public init() {}

  /// Whether the names of frames decide.
  public var namesFrames: Bool { !functions.isEmpty || !modules.isEmpty || !excluded.isEmpty }

  /// Whether blocks are left out by anything but the window.
  public var isOfSomeBlocks: Bool {
    var other = self
    other.window = TimeWindow()
    other.choice = .present
    return !other.isEmpty
  }

  /// Whether it leaves no block out.
  public var isEmpty: Bool {
    var other = HeapFilter()
    other.shortLifeNanoseconds = shortLifeNanoseconds
    // Every block is live at some moment of the run.
    if choice == .present { other.choice = .present }
    return self == other
  }
}
