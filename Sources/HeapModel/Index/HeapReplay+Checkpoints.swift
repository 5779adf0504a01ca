extension HeapReplay {
  /// The state between two batches, but for marks and positions in the trace.
  func checkpoint(_ walk: BlockWalk<some BlockVisitor>) -> CheckpointState {
    var state = CheckpointState()
    state.totals = totals
    for (place, account) in threads.enumerated() {
      var thread = CheckpointState.Thread(
        account: account, replacedBytes: walk.threads[place].replacedBytes)
      if let released = account.lastRelease, let last = walk.threads[place].lastEnd {
        let birth = BirthTable.Birth(
          timeNanoseconds: last.block.birthNanoseconds, origin: last.block.origin)
        thread.lastEnd = (CheckpointBlock(released.block, birth), last.end)
      }
      state.threads.append(thread)
    }
    state.nodes = accounts.accounts.map(\.node)
    for partition in partitions {
      partition.pendingReleases.forEach { release, key, batch, time in
        state.pendingReleases.append(waiting(release, key, batch, time))
      }
      partition.namedReleases.forEach { release, key, batch, time in
        state.namedReleases.append(waiting(release, key, batch, time))
      }
      partition.displaced.forEach { displaced, key, batch, time in
        state.displaced.append(waiting(walk.checkpoint(of: displaced.block), key, batch, time))
      }
    }
    return state
  }

  private func waiting<Item>(
    _ item: Item, _ key: UInt64, _ batch: Int, _ time: UInt64
  ) -> CheckpointState.Waiting<Item> {
    CheckpointState.Waiting(
      item: item, key: key, batchesAgo: batchIndex - batch, timeNanoseconds: time)
  }

  /// Takes a checkpoint's state, before anything was replayed; `false` if it contradicts itself.
  func restore(_ state: CheckpointState, _ walk: BlockWalk<some BlockVisitor>) -> Bool {
    guard takeOutcome(of: state) else { return false }
    for (place, node) in state.nodes.enumerated() {
      guard accounts.account(of: node) == place else { return false }
    }
    guard state.threads.allSatisfy(isSound) else { return false }
    walk.restore(state.threads, self)
    for entry in state.pendingReleases {
      let release = LivePartition.PendingRelease(
        address: entry.key, thread: entry.item.thread, timeNanoseconds: entry.timeNanoseconds,
        event: totals.events)
      partition(of: entry.key).pendingReleases.append(
        release, key: entry.key, batch: batchIndex - entry.batchesAgo,
        timeNanoseconds: entry.timeNanoseconds)
    }
    for entry in state.namedReleases {
      partition(of: entry.key).namedReleases.append(
        entry.item, key: entry.key, batch: batchIndex - entry.batchesAgo,
        timeNanoseconds: entry.timeNanoseconds)
    }
    for entry in state.displaced {
      guard isPlaced(entry.item.block) else { return false }
      partition(of: entry.key).displaced.append(
        LivePartition.DisplacedBlock(block: entry.item.block, event: totals.events),
        key: entry.key, batch: batchIndex - entry.batchesAgo,
        timeNanoseconds: entry.timeNanoseconds)
    }
    return true
  }

  /// Takes the sums of the trace and of its threads from a later state; `false` if it is none.
  func takeOutcome(of state: CheckpointState) -> Bool {
    guard state.threads.count >= threads.count,
      zip(state.threads, threads).allSatisfy({ $0.account.id == $1.id })
    else { return false }
    let live = (blocks: totals.liveBlocks, bytes: totals.liveBytes)
    totals = state.totals
    totals.liveBlocks = live.blocks
    totals.liveBytes = live.bytes
    threads = state.threads.map(\.account)
    threadIndices = Dictionary(
      threads.enumerated().map { ($1.id.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
    return threadIndices.count == threads.count
  }

  /// Takes the live blocks of a part; `false` if it contradicts itself.
  func restoreBlocks(
    _ payload: UnsafeRawBufferPointer, _ walk: BlockWalk<some BlockVisitor>
  ) -> Bool {
    guard var reader = LEBReader(payload) else { return false }
    let count = reader.count()
    for _ in 0..<count {
      let block = CheckpointBlock(&reader)
      guard !reader.failed, enter(block, walk),
        partition(of: block.block.address).blocks.insert(block.block) == nil
      else {
        return false
      }
    }
    return !reader.failed && reader.isAtEnd
  }

  /// Counts a block as live; `false` if it cannot be.
  private func enter(_ block: CheckpointBlock, _ walk: BlockWalk<some BlockVisitor>) -> Bool {
    let live = block.block
    guard isPlaced(live), live.address != 0 else { return false }
    totals.liveBlocks += 1
    totals.liveBytes &+= Int(live.sizeBytes)
    accounts.change(live.account) {
      $0.liveBlocks += 1
      $0.liveBytes &+= Int(live.sizeBytes)
    }
    walk.restore(block)
    return true
  }

  /// Whether what a failed realloc may take back can have been.
  private func isSound(_ thread: CheckpointState.Thread) -> Bool {
    if let released = thread.account.lastRelease, released.origin == .known,
      !isPlaced(released.block)
    {
      return false
    }
    return thread.lastEnd.map { isPlaced($0.block.block) } ?? true
  }

  /// Whether a block is of a known thread and stack, and of a size that there is.
  private func isPlaced(_ block: LiveBlock) -> Bool {
    block.thread < threads.count && block.account < accounts.accounts.count
      && UInt64(bitPattern: block.sizeBytes) < BlockLimits.sizeBytes
  }

  /// A live block, by its address and allocation.
  func find(_ wanted: LiveBlock) -> LiveBlock? {
    guard let block = partition(of: wanted.address).blocks.find(wanted.address),
      block.thread == wanted.thread, block.sequence == wanted.sequence
    else { return nil }
    return block
  }
}
