/// What one event of a batch did to the heap.
public enum HeapOperationKind: UInt8, Sendable {
  case allocate
  /// The new block of a realloc elsewhere; the thread's release before it is the old one.
  case reallocateMoved
  /// The new block of a realloc at the same address.
  case reallocateInPlace
  /// The end of a block of the same batch.
  case release
  /// The end of a block known only by its address.
  case releaseAddress
  /// Neither allocation nor release.
  case special
  /// A release that a failed realloc took back.
  case undone
}
