import TraceFormat

/// One event of a trace in its exact place, as `memtrace-analyze events` shows it.
public struct HeapEvent: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case allocate
    case release
    /// The old block of a realloc that failed afterwards: it lives on, its release never was.
    case restore
    /// The new block of a realloc elsewhere; the thread's release before it is the old one.
    case reallocateMoved
    /// The new block of a realloc at the same address.
    case reallocateInPlace
  }

  public let kind: Kind
  /// After the start of recording; coarse, while the order of events is exact.
  public let timeNanoseconds: UInt64
  public let thread: ThreadID
  /// `nil` when the trace does not keep it: of most blocks that lived only briefly.
  public let address: UInt64?
  /// `nil` for the release of a block whose allocation is not in the trace.
  public let sizeBytes: Int?
  /// Where the block was allocated, in `HeapEvents.stacks`; `nil` as for the size.
  public let stack: StackID?
  /// Numbers the allocations of a trace from 1; a release has its block's number, 0 if unknown.
  public let block: UInt64

  public init(
    kind: Kind, timeNanoseconds: UInt64, thread: ThreadID, address: UInt64?, sizeBytes: Int?,
    stack: StackID?, block: UInt64
  ) {
    self.kind = kind
    self.timeNanoseconds = timeNanoseconds
    self.thread = thread
    self.address = address
    self.sizeBytes = sizeBytes
    self.stack = stack
    self.block = block
  }
}
