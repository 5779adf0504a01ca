import TraceFormat

extension HeapReplay {
  /// Batches with fewer releases by address and survivors are settled by one thread.
  private static var fewOperations: Int { 1 << 11 }

  /// Pairs the batch's releases by address with blocks of earlier batches, and enters the blocks
  /// that outlive it.
  func settle(_ batch: EventBatch) {
    adjustments.removeAll(keepingCapacity: true)
    displaced.removeAll(keepingCapacity: true)
    resolved.reserve(batch.addressReleases.count)
    for restore in batch.restores { undo(restore, in: batch) }
    let isSmall = batch.addressReleases.count + batch.survivors.count < Self.fewOperations
    // Partitions that other threads settle.
    let others = isSmall ? 0 : partitions.count - 1
    threads.withUnsafeBufferPointer { threads in
      laneThreads.withUnsafeBufferPointer { laneThreads in
        let context = LivePartition.Context(
          batch: batch, batchIndex: batchIndex, firstEvent: totals.events,
          reach: mostEventsOutOfOrder.map { $0 * batch.lanes.count } ?? .max,
          hasPauses: hasPauses, threads: threads, laneThreads: laneThreads,
          accounts: siteAccounts.pointer, resolved: resolved.pointer)
        for partition in partitions.suffix(others) { partition.start(context) }
        for partition in partitions.dropLast(others) { partition.settle(context) }
        for partition in partitions.suffix(others) { partition.wait() }
      }
    }
    for partition in partitions { take(outcomeOf: partition, batch) }
  }

  private func take(outcomeOf partition: LivePartition, _ batch: EventBatch) {
    totals.unknownFrees += partition.unknownFrees - partition.neverLive.count
    for block in partition.temporaries { countTemporary(block, 1) }
    for (position, block, isTemporary) in partition.ended {
      displaced[position] = (block, isTemporary)
      adjust(block, by: -1, at: position)
    }
    // The release is counted as one that ends the block: that is taken back.
    for (position, block) in partition.afterwards { adjust(block, by: 1, at: position) }
    for survivor in partition.neverLive {
      let site = Int(batch.allocationSites.pointer[Int(survivor.allocation)])
      batch.siteReleases.pointer[site] += 1
      batch.siteTemporaries.pointer[site] += 1
      batch.lanes[Int(survivor.lane)].temporaries += 1
    }
  }

  private func adjust(_ block: LiveBlock, by sign: Int, at position: Int) {
    adjustments.append(
      Adjustment(
        position: position, account: block.account, blocks: sign,
        bytes: sign * Int(block.sizeBytes)))
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
    let partition = partition(of: restore.address)
    switch released.origin {
    case .unknown:
      totals.unknownFrees -= 1
      let thread = laneThreads[restore.lane]
      _ = partition.pendingReleases.takeLast(restore.address) { $0.thread == thread }
    case .named:
      totals.unknownFrees -= 1
      _ = partition.namedReleases.takeLast(restore.address) {
        $0.name.thread == released.block.thread && $0.name.sequence == released.block.sequence
      }
    case .known:
      var block = released.block
      block.address = restore.address
      if released.wasTemporary { countTemporary(block, -1) }
      batch.kinds.pointer[restore.position] = HeapOperationKind.restored
      batch.deltas.pointer[restore.position] = block.sizeBytes
      adjust(block, by: 1, at: restore.position)
      guard let earlier = partition.blocks.insert(block) else { return }
      partition.displace(
        earlier, at: restore.position, batch, batchIndex: batchIndex, totals.events)
      displaced[restore.position] = (earlier, false)
      adjust(earlier, by: -1, at: restore.position)
    }
  }
}
