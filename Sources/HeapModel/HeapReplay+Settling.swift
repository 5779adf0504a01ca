import TraceFormat

extension HeapReplay {
  /// How far ahead of its use each step fetches a block, in operations.
  private static var prefetchDistance: Int { 8 }

  /// Pairs the batch's releases by address with blocks of earlier batches, and enters the blocks
  /// that outlive it, in merged order.
  ///
  /// Two rules repair what the order of collection between threads got wrong. A release of a block
  /// that is not there waits for another thread to allocate it. A block whose address is allocated
  /// again waits, as displaced, for its release: the next one of that address, unless the thread
  /// that made the newer block releases it, whose own order is exact.
  func settle(_ batch: EventBatch) {
    adjustments.removeAll(keepingCapacity: true)
    resolved.reserve(batch.addressReleases.count)
    for restore in batch.restores { undo(restore, in: batch) }

    let releases = batch.addressReleases.pointer
    let releaseCount = batch.addressReleases.count
    let survivors = batch.survivors.pointer
    let survivorCount = batch.survivors.count
    var release = 0
    var survivor = 0
    let isLarge = live.isLarge
    while release < releaseCount || survivor < survivorCount {
      if survivor == survivorCount
        || release < releaseCount
          && releases[release].position < batch.position(of: survivors[survivor])
      {
        let ahead = release + 3 * Self.prefetchDistance
        if isLarge, ahead < releaseCount {
          live.prefetch(
            releases[ahead].address, releases[ahead - Self.prefetchDistance].address,
            releases[ahead - 2 * Self.prefetchDistance].address)
        }
        end(releases[release], index: release, in: batch)
        release += 1
      } else {
        let ahead = survivor + 3 * Self.prefetchDistance
        if isLarge, ahead < survivorCount {
          live.prefetch(
            survivors[ahead].address, survivors[ahead - Self.prefetchDistance].address,
            survivors[ahead - 2 * Self.prefetchDistance].address)
        }
        enter(survivors[survivor], in: batch)
        survivor += 1
      }
    }
    for early in batch.earlyReleases
    where batch.kinds.pointer[early.position] != HeapOperationKind.undone {
      totals.unknownFrees += 1
      earlyReleases.append(
        PendingEarlyRelease(thread: early.thread, sequence: early.sequence), key: early.address,
        batch: batchIndex, timeNanoseconds: batch.time(at: early.position))
    }
  }

  @inline(__always)
  private func end(_ release: EventBatch.AddressRelease, index: Int, in batch: EventBatch) {
    let position = Int(release.position)
    guard batch.kinds.pointer[position] != HeapOperationKind.undone else {
      resolved.pointer[index].address = 0
      return
    }
    guard let block = takeBlock(release, in: batch) else {
      resolved.pointer[index].address = 0
      batch.kinds.pointer[position] |= HeapOperationKind.neverLive
      batch.deltas.pointer[position] = 0
      totals.unknownFrees += 1
      let time = batch.time(at: position)
      pendingReleases.append(
        PendingRelease(
          address: release.address, thread: laneThreads[Int(release.lane)], timeNanoseconds: time),
        key: release.address, batch: batchIndex, timeNanoseconds: time)
      return
    }
    resolved.pointer[index] = block
    batch.deltas.pointer[position] = -block.sizeBytes
    if isNewest(block, at: position, in: batch) {
      batch.kinds.pointer[position] |= HeapOperationKind.temporary
      countTemporary(block, 1)
    }
  }

  private func takeBlock(
    _ release: EventBatch.AddressRelease, in batch: EventBatch
  ) -> LiveBlock? {
    if !displaced.isEmpty {
      let thread = laneThreads[Int(release.lane)]
      let newest = live.find(release.address)
      if newest?.thread != thread,
        let block = displaced.take(release.address, where: { _ in true })
      {
        return block
      }
    }
    return live.remove(release.address)
  }

  @inline(__always)
  private func enter(_ survivor: EventBatch.Survivor, in batch: EventBatch) {
    let lane = Int(survivor.lane)
    let allocation = Int(survivor.allocation)
    let site = Int(batch.allocationSites.pointer[allocation])
    let block = LiveBlock(
      address: survivor.address, sizeBytes: batch.siteSizes.pointer[site],
      account: siteAccounts.pointer[site], thread: laneThreads[lane],
      sequence: batch.lanes[lane].sequence(ofAllocation: allocation),
      born: Self.bornUnits(batch.firstTimeNanoseconds))
    let position = Int(batch.position(of: survivor))
    if !earlyReleases.isEmpty || !pendingReleases.isEmpty, isAlreadyReleased(block) {
      batch.kinds.pointer[position] |= HeapOperationKind.neverLive
      batch.deltas.pointer[position] = 0
      batch.siteReleases.pointer[site] += 1
      batch.siteTemporaries.pointer[site] += 1
      batch.lanes[lane].temporaries += 1
      totals.unknownFrees -= 1
      return
    }
    if let earlier = live.insert(block) {
      displaced.append(
        earlier, key: earlier.address, batch: batchIndex,
        timeNanoseconds: batch.time(at: position))
    }
  }

  /// Whether a release that stands before the allocation ended the block.
  private func isAlreadyReleased(_ block: LiveBlock) -> Bool {
    let sequenceMask: UInt32 = 1 << 20 - 1
    let early = earlyReleases.take(block.address) {
      $0.thread == threads[Int(block.thread)].id.rawValue
        && ($0.sequence ^ block.sequence) & sequenceMask == 0
    }
    if early != nil { return true }
    return pendingReleases.take(block.address) { $0.thread != block.thread } != nil
  }

  /// Whether a block's thread has not allocated between the block and a position of the batch.
  private func isNewest(_ block: LiveBlock, at position: Int, in batch: EventBatch) -> Bool {
    let index = Int(block.thread)
    let next = block.sequence &+ 1
    guard threads[index].laneBatch == batchIndex else {
      return threads[index].nextSequence == next
    }
    let lane = batch.lanes[threads[index].lane]
    let offset = Int(Int32(bitPattern: next &- lane.firstSequence))
    guard offset >= 0 else { return false }
    return offset >= lane.allocations
      || batch.allocationPositions.pointer[lane.firstAllocation + offset] > position
  }

  private func countTemporary(_ block: LiveBlock, _ count: Int) {
    totals.temporaries += count
    accounts.change(block.account) { $0.temporaries += count }
    threads[Int(block.thread)].temporaries += count
  }

  /// A failed realloc whose release stands in an earlier batch: that release never was.
  private func undo(_ restore: EventBatch.Restore, in batch: EventBatch) {
    let index = threadIndex(batch.lanes[restore.lane].thread)
    guard let released = threads[index].lastRelease else { return }
    threads[index].lastRelease = nil
    totals.frees -= 1
    threads[index].frees -= 1
    switch released.origin {
    case .unknown:
      totals.unknownFrees -= 1
      let thread = laneThreads[restore.lane]
      _ = pendingReleases.takeLast(restore.address) { $0.thread == thread }
    case .early:
      totals.unknownFrees -= 1
      _ = earlyReleases.takeLast(restore.address) {
        $0.thread == released.block.thread && $0.sequence == released.block.sequence
      }
    case .known:
      var block = released.block
      block.address = restore.address
      if released.wasTemporary { countTemporary(block, -1) }
      if let earlier = live.insert(block) {
        displaced.append(
          earlier, key: earlier.address, batch: batchIndex,
          timeNanoseconds: batch.time(at: restore.position))
      }
      batch.kinds.pointer[restore.position] = HeapOperationKind.restored
      batch.deltas.pointer[restore.position] = block.sizeBytes
      adjustments.append(
        Adjustment(
          position: restore.position, account: block.account, blocks: 1,
          bytes: Int(block.sizeBytes)))
    }
  }
}
