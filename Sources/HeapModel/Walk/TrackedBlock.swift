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

  /// As a checkpoint has it: 0 for an unknown size, or one more than it; then the kind.
  var packed: UInt64 {
    let replaced = word >> 2
    return UInt64(replaced == Self.unknown ? 0 : replaced + 1) << 2 | UInt64(word & 3)
  }

  init(packed: UInt64) {
    self.init(
      kind: UInt8(packed & 3), replacedBytes: Int(min(packed >> 2, BlockLimits.sizeBytes)) - 1)
  }

  package var isMoved: Bool { word & 3 == Int(HeapOperationKind.reallocateMoved) }
  package var isInPlace: Bool { word & 3 == Int(HeapOperationKind.reallocateInPlace) }
  package var isReallocated: Bool { word & 3 != Int(HeapOperationKind.allocate) }
  /// Size of the block that the realloc replaced, 0 if it is not known.
  package var replacedBytes: Int { word >> 2 == Self.unknown ? 0 : word >> 2 }
}
