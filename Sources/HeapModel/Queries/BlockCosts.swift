/// What a set of chosen blocks cost. `HeapProfile` in Aggregation defines the terms.
package struct BlockCosts: BitwiseCopyable, Sendable, Hashable {
  package var allocations = 0
  package var allocatedBytes = 0
  /// Released before the end of the window.
  package var frees = 0
  package var temporaries = 0
  package var shortLived = 0
  /// Made by a realloc, elsewhere or in place.
  package var moved = 0
  package var resizedInPlace = 0
  /// Sizes of the smaller blocks that reallocs replaced.
  package var wastedBytes = 0
  /// What reallocs that moved had to copy.
  package var copiedBytes = 0
  /// At the end of the window.
  package var liveBlocks = 0
  package var liveBytes = 0
  /// At the end of the trace.
  package var leakedBlocks = 0
  package var leakedBytes = 0
  package var superseded = 0
  /// Of all, of those live at the end of the window, of those live at the end of the trace.
  package var sizes = SizeExtent()
  package var liveSizes = SizeExtent()
  package var leakedSizes = SizeExtent()
  /// At the moment when all chosen blocks together were at their highest.
  package var peakBlocks = 0
  package var peakBytes = 0
  /// The highest of this row alone, and the blocks at that moment.
  package var ownPeakBlocks = 0
  package var ownPeakBytes = 0

  package init() {}

  /// Adds a whole life, or takes it away again.
  @inline(__always)
  mutating func add(
    _ block: TrackedBlock, _ end: BlockEnd?, _ query: BlockQuery, sign: Int = 1
  ) {
    let bytes = block.sizeBytes &* sign
    allocations += sign
    allocatedBytes &+= bytes
    sizes.add(block.sizeBytes)
    if block.origin.isReallocated {
      let replaced = block.origin.replacedBytes
      if block.origin.isMoved {
        moved += sign
        copiedBytes &+= min(replaced, block.sizeBytes) &* sign
      } else {
        resizedInPlace += sign
      }
      if replaced < block.sizeBytes { wastedBytes &+= replaced &* sign }
    }
    guard let end else {
      leakedBlocks += sign
      leakedBytes &+= bytes
      liveBlocks += sign
      liveBytes &+= bytes
      leakedSizes.add(block.sizeBytes)
      liveSizes.add(block.sizeBytes)
      return
    }
    if end.timeNanoseconds >= query.window.upperBound {
      liveBlocks += sign
      liveBytes &+= bytes
      // A failed realloc takes back an end before the window's: the block is added again.
      if sign > 0 { liveSizes.add(block.sizeBytes) }
    } else if end.isReleased {
      frees += sign
    } else {
      superseded += sign
    }
    if end.isTemporary { temporaries += sign }
    if end.timeNanoseconds &- block.birthNanoseconds < query.shortLifeNanoseconds {
      shortLived += sign
    }
  }

  /// A block that was added as released has no release.
  mutating func supersede() {
    frees -= 1
    superseded += 1
  }
}
