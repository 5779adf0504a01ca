import TraceFormat

/// How events change a batch, as far as they are not in the decoder's hot loop. Shared by all that
/// fill batches.
extension EventBatch {
  /// The release of a block of this batch that is not released yet, before or after its allocation
  /// in the merged order. A release that stands first ends the block as soon as it is allocated.
  /// `nextAllocation` is the index of the owner's next allocation in the merged order.
  func markRelease(
    _ allocation: Int, of owner: Int, by lane: Int, at position: Int, nextAllocation: Int
  ) {
    released.pointer[allocation] = 1
    let site = Int(allocationSites.pointer[allocation])
    let isForward = allocation >= nextAllocation
    let isTemporary = allocation >= nextAllocation - 1
    var kind = HeapOperationKind.release
    if isForward { kind |= HeapOperationKind.neverLive }
    if isTemporary {
      kind |= HeapOperationKind.temporary
      siteTemporaries.pointer[site] += 1
      lanes[owner].temporaries += 1
    }
    siteReleases.pointer[site] += 1
    kinds.pointer[position] = kind
    references.pointer[position] = UInt32(truncatingIfNeeded: allocation)
    deltas.pointer[position] = isForward ? 0 : -siteSizes.pointer[site]
    lanes[lane].frees += 1
    lanes[lane].lastRelease = position
  }

  /// The release of a block known only by its address (shifted).
  func markAddressRelease(_ address: UInt64, by lane: Int, at position: Int) {
    kinds.pointer[position] = HeapOperationKind.releaseAddress
    references.pointer[position] = UInt32(truncatingIfNeeded: addressReleases.count)
    deltas.pointer[position] = 0
    addressReleases.append(
      AddressRelease(
        address: address, position: UInt32(truncatingIfNeeded: position),
        lane: UInt32(truncatingIfNeeded: lane)))
    lanes[lane].frees += 1
    lanes[lane].lastRelease = position
  }

  func markSpecial(_ record: TraceRecord, by lane: Int, at position: Int) {
    kinds.pointer[position] = HeapOperationKind.special
    references.pointer[position] = UInt32(truncatingIfNeeded: specials.count)
    deltas.pointer[position] = 0
    specials.append(Special(position: position, lane: lane, record: record))
  }

  /// A realloc failed: the lane's last release never was, the block at `address` (shifted) lives
  /// on. `nextAllocation` gives the index of a lane's next allocation in the merged order.
  ///
  /// - Returns: the block, if this batch allocated it.
  func markRestore(
    _ address: UInt64, by lane: Int, at position: Int, nextAllocation: (Int) -> Int
  ) -> (allocation: Int, lane: Int)? {
    let place = lanes[lane].lastRelease
    guard place >= 0 else {
      restores.append(Restore(position: position, lane: lane, address: address))
      return nil
    }
    let kind = kinds.pointer[place]
    var block: (allocation: Int, lane: Int)?
    if kind & HeapOperationKind.mask == HeapOperationKind.release {
      let allocation = Int(references.pointer[place])
      let owner = laneIndex(ofAllocation: allocation)
      let site = Int(allocationSites.pointer[allocation])
      released.pointer[allocation] = 0
      siteReleases.pointer[site] -= 1
      if kind & HeapOperationKind.temporary != 0 {
        siteTemporaries.pointer[site] -= 1
        lanes[owner].temporaries -= 1
      }
      if kind & HeapOperationKind.neverLive != 0, allocation < nextAllocation(owner) {
        let made = Int(allocationPositions.pointer[allocation])
        kinds.pointer[made] &= ~HeapOperationKind.neverLive
        deltas.pointer[made] = siteSizes.pointer[site]
      }
      block = (allocation, owner)
    }
    kinds.pointer[place] = HeapOperationKind.undone
    deltas.pointer[place] = 0
    lanes[lane].frees -= 1
    lanes[lane].lastRelease = -1
    return block
  }
}
