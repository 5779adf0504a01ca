/// A block as a walk over blocks knows it: what was said when it was allocated.
package struct TrackedBlock: BitwiseCopyable {
  package let sizeBytes: Int
  /// When it was allocated, by the trace's coarse clock.
  package let birthNanoseconds: UInt64
  /// Of its stack: the place in the replay's accounts.
  package let account: UInt32
  /// That allocated it: the place in the replay's threads.
  package let thread: UInt32
  package let origin: BlockOrigin
}

/// How a block came to be. Packed into one word, so that a table of many stays small.
package struct BlockOrigin: BitwiseCopyable {
  private static let unknown = Int.max >> 2
  private let word: Int

  /// - Parameters:
  ///   - kind: `HeapOperationKind` of the allocation, without flags.
  ///   - replacedBytes: size of the block that the realloc replaced, negative if unknown.
  @inline(__always)
  init(kind: UInt8, replacedBytes: Int) {
    word = (replacedBytes < 0 ? Self.unknown : replacedBytes) << 2 | Int(kind)
  }

  package var isMoved: Bool { word & 3 == Int(HeapOperationKind.reallocateMoved) }
  package var isInPlace: Bool { word & 3 == Int(HeapOperationKind.reallocateInPlace) }
  package var isReallocated: Bool { word & 3 != Int(HeapOperationKind.allocate) }
  /// Size of the block that the realloc replaced, 0 if it is not known.
  package var replacedBytes: Int { word >> 2 == Self.unknown ? 0 : word >> 2 }
}
