import TraceFormat

/// What the allocations of one distinct stack cost. `HeapProfile` defines the terms.
public struct StackCost: Sendable, Hashable {
  /// The innermost frame's node.
  public let stack: StackID
  public var allocations = 0
  public var allocatedBytes = 0
  public var temporaryAllocations = 0
  /// This stack's part of the process's peak, not its own highest.
  public var peakAllocations = 0
  public var peakBytes = 0
  public var leakedAllocations = 0
  public var leakedBytes = 0

  public init(stack: StackID) { self.stack = stack }
}
