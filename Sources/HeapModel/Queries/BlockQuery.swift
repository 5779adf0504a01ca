import TraceFormat

/// Which blocks of a trace are counted, and by what their costs are told apart.
package struct BlockQuery: Sendable {
  /// Which blocks a window of time chooses. `start` and `end` are its bounds: an event is within it
  /// from `start` on and before `end`.
  package enum Choice: Sendable, Hashable {
    /// Allocated within it.
    case allocated
    /// Live at its end, whenever allocated.
    case live
    /// Allocated within it and live at its end.
    case retained
    /// Freed within it, whenever allocated.
    case freed
    /// Live at any moment of it: allocated before its end and not freed before its start.
    case present
  }

  /// What a row of the result stands for.
  package enum Grouping: Sendable, Hashable {
    /// The group that `groupOfNode` gives.
    case stack
    /// The trace's number of the thread that allocated.
    case thread
    /// The exact size in bytes.
    case size
  }

  package var window: Range<UInt64> = 0..<(.max)
  package var choice = Choice.allocated
  /// Threads that allocated; `nil` is all.
  package var threads: Set<UInt32>?
  package var sizes: ClosedRange<Int>?
  /// A block that lived for less is short-lived.
  package var shortLifeNanoseconds: UInt64 = 1_000_000
  package var grouping = Grouping.stack
  /// The group of a stack by its node; `nil` leaves its blocks out.
  package var groupOfNode: @Sendable (UInt32) -> UInt32?
  /// Groups whose own peaks are wanted beside those of the rows: that of a stack by its node.
  package var ownPeakGroupOfNode: (@Sendable (UInt32) -> UInt32)?

  package init(groupOfNode: @escaping @Sendable (UInt32) -> UInt32?) {
    self.groupOfNode = groupOfNode
  }

  /// The part of the window whose events are needed, once the live blocks at its start are known.
  /// What is live at the window's end is known at any moment before it.
  var eventWindow: Range<UInt64> {
    switch choice {
    case .live, .retained: window.upperBound..<window.upperBound
    case .allocated, .freed, .present: window
    }
  }

  /// Whether the window chooses a block by its allocation and its end, `nil` if it lived on.
  @inline(__always)
  func chooses(birth: UInt64, _ end: BlockEnd?) -> Bool {
    let time = end?.timeNanoseconds ?? .max
    return switch choice {
    case .allocated: window.contains(birth)
    case .live: birth < window.upperBound && time >= window.upperBound
    case .retained: window.contains(birth) && time >= window.upperBound
    case .freed: window.contains(time)
    case .present: birth < window.upperBound && time >= window.lowerBound
    }
  }

  /// Whether a block counts for the running sum while it is live. Where the choice depends
  /// on when blocks end, the sum is known only at the end of the window.
  func runs(birth: UInt64) -> Bool {
    switch choice {
    case .allocated: window.contains(birth)
    case .present: birth < window.upperBound
    case .live, .retained, .freed: false
    }
  }
}
