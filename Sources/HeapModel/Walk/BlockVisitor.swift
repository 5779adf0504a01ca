import TraceFormat

/// What a walk over a trace's blocks calls, in the trace's exact order.
///
/// A block's life is `begin`, then `end` or, when the trace is over, `survive`; one whose release
/// stands before its allocation is `pass` alone. `revive` takes an `end` back.
package protocol BlockVisitor {
  /// The thread with a place in the replay's threads is seen for the first time.
  mutating func open(thread: UInt32, number: UInt32)
  /// The account with a place in the replay's accounts is seen for the first time.
  mutating func open(account: UInt32, node: UInt32)
  /// Whether blocks of a thread are walked; asked once a batch.
  func tracks(thread: UInt32) -> Bool
  /// Whether blocks of a stack and size are walked; asked once a batch.
  func tracks(account: UInt32, sizeBytes: Int) -> Bool
  /// So many allocations were made, of whatever blocks.
  mutating func count(allocations: Int)
  /// The events that follow have this time.
  mutating func advance(to nanoseconds: UInt64)

  mutating func begin(_ block: TrackedBlock)
  mutating func end(_ block: TrackedBlock, _ end: BlockEnd)
  /// Allocated and released at once: it never counts as live.
  mutating func pass(_ block: TrackedBlock)
  /// A mark stands here among the events of its thread.
  mutating func pass(_ mark: Mark)
  /// A realloc failed: the end of the block never was.
  mutating func revive(_ block: TrackedBlock, _ end: BlockEnd)
  /// A block that has ended, because its address became another's, has no release in the trace.
  mutating func supersede(_ block: TrackedBlock, _ end: BlockEnd)
  /// The trace is over and the block lives.
  mutating func survive(_ block: TrackedBlock)
}

extension BlockVisitor {
  package mutating func pass(_ mark: Mark) {}
  package mutating func supersede(_ block: TrackedBlock, _ end: BlockEnd) {}
}

/// A visitor that wants to know nothing.
struct NoBlock: BlockVisitor {
  mutating func open(thread: UInt32, number: UInt32) {}
  mutating func open(account: UInt32, node: UInt32) {}
  func tracks(thread: UInt32) -> Bool { false }
  func tracks(account: UInt32, sizeBytes: Int) -> Bool { false }
  mutating func count(allocations: Int) {}
  mutating func advance(to nanoseconds: UInt64) {}
  mutating func begin(_ block: TrackedBlock) {}
  mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {}
  mutating func pass(_ block: TrackedBlock) {}
  mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {}
  mutating func survive(_ block: TrackedBlock) {}
}

/// How and when a block ended.
package struct BlockEnd: BitwiseCopyable {
  package let timeNanoseconds: UInt64
  package let isTemporary: Bool
  /// Whether its release is in the trace, as far as is known; if not, its address was allocated
  /// again at that time.
  package let isReleased: Bool
  /// Whether a realloc replaced it: its new block follows at once.
  package var isReplaced = false
}
