/// The smallest and the largest of some blocks' sizes: whether one size stands for all of them.
public struct SizeExtent: Sendable, Hashable, BitwiseCopyable {
  public private(set) var smallestBytes = Int.max
  /// Negative if there is no block.
  public private(set) var largestBytes = -1

  public init() {}

  /// The sizes of blocks; `nil` if there are none.
  public var range: ClosedRange<Int>? {
    largestBytes < smallestBytes ? nil : smallestBytes...largestBytes
  }

  @inline(__always)
  public mutating func add(_ sizeBytes: Int) {
    smallestBytes = min(smallestBytes, sizeBytes)
    largestBytes = max(largestBytes, sizeBytes)
  }

  @inline(__always)
  public mutating func add(_ other: SizeExtent) {
    smallestBytes = min(smallestBytes, other.smallestBytes)
    largestBytes = max(largestBytes, other.largestBytes)
  }
}
