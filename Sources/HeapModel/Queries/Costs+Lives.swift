// What a query adds to an account: whole lives of blocks.

extension Costs {
  /// Adds a block's whole life, or takes it away again.
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
        movedAllocations += sign
        copiedBytes &+= min(replaced, block.sizeBytes) &* sign
      } else {
        resizedAllocations += sign
      }
      if replaced < block.sizeBytes { wastedBytes &+= replaced &* sign }
    }
    guard let end else {
      leakedAllocations += sign
      leakedBytes &+= bytes
      liveAllocations += sign
      liveBytes &+= bytes
      leakedSizes.add(block.sizeBytes)
      liveSizes.add(block.sizeBytes)
      return
    }
    if end.timeNanoseconds >= query.window.upperBound {
      liveAllocations += sign
      liveBytes &+= bytes
      // A failed realloc takes back an end before the window's: the block is added again.
      if sign > 0 { liveSizes.add(block.sizeBytes) }
    } else if end.isReleased {
      frees += sign
    } else {
      supersededBlocks += sign
    }
    if end.isTemporary { temporaryAllocations += sign }
    if end.timeNanoseconds &- block.birthNanoseconds < query.shortLifeNanoseconds {
      shortLivedAllocations += sign
    }
  }

  /// A block that was added as released has no release.
  mutating func supersede() {
    frees -= 1
    supersededBlocks += 1
  }

  /// None of the blocks was freed before the window's end: the most was live then.
  mutating func takeLiveAsPeak() {
    peakAllocations = liveAllocations
    peakBytes = liveBytes
    ownPeakAllocations = liveAllocations
    ownPeakBytes = liveBytes
  }
}
