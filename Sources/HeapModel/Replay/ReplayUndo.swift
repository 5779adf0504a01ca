/// Takes batches back that a replay has run over, and its end: what a trace that is being recorded has in
/// no chunk yet is replayed for one moment's figures, and comes again in a chunk later.
///
/// Before each batch it keeps what the batch can change: the blocks at the addresses that it names, their
/// stacks and threads. So a moment costs what is in its batches, not what is live. Replay itself does
/// nothing for it: no change of a block or of an account is written down.
final class ReplayUndo {
  private struct Waiting {
    let pending: WaitingList<LivePartition.PendingRelease>
    let named: WaitingList<LivePartition.NamedRelease>
    let displaced: WaitingList<LivePartition.DisplacedBlock>
  }

  private unowned let replay: HeapReplay
  private let totals: ReplayTotals
  private let timeline: TimelineBuilder
  private let batchIndex: Int
  private let hasPauses: Bool
  private let mostEventsOutOfOrder: Int?
  private let accountCount: Int
  private let epoch: UInt32
  private let threadCount: Int
  /// By partition.
  private let waiting: [Waiting]
  private var accounts: [UInt32: StackAccount] = [:]
  private var threads: [Int: ThreadAccount] = [:]
  private var newThreads: [UInt32] = []
  /// By address; `nil` where none lived.
  private var blocks: [UInt64: LiveBlock?] = [:]

  init(_ replay: HeapReplay) {
    self.replay = replay
    totals = replay.totals
    timeline = replay.timeline
    batchIndex = replay.batchIndex
    hasPauses = replay.hasPauses
    mostEventsOutOfOrder = replay.mostEventsOutOfOrder
    accountCount = replay.accounts.accounts.count
    epoch = replay.accounts.epoch
    threadCount = replay.threads.count
    waiting = replay.partitions.map {
      Waiting(pending: $0.pendingReleases, named: $0.namedReleases, displaced: $0.displaced)
    }
    // What waits may end a block whenever it leaves.
    for waiting in waiting {
      waiting.pending.forEach { _, address, _, _ in noteBlock(at: address) }
      waiting.named.forEach { _, address, _, _ in noteBlock(at: address) }
      waiting.displaced.forEach { displaced, address, _, _ in
        noteBlock(at: address)
        note(displaced.block)
      }
    }
  }

  /// Keeps what a batch can change, before it is replayed.
  func note(_ batch: EventBatch) {
    for index in 0..<batch.addressReleases.count {
      noteBlock(at: batch.addressReleases[index].address)
    }
    for index in 0..<batch.survivors.count { noteBlock(at: batch.survivors[index].address) }
    for site in 0..<batch.siteCount {
      noteAccount(replay.accounts.account(of: batch.siteStacks.pointer[site]))
    }
    for lane in batch.lanes {
      if let index = replay.threadIndices[lane.thread] {
        noteThread(index)
      } else {
        newThreads.append(lane.thread)
      }
    }
    for restore in batch.restores {
      noteBlock(at: restore.address)
      guard let thread = replay.threadIndices[batch.lanes[restore.lane].thread],
        let released = replay.threads[thread].lastRelease, released.origin == .known
      else { continue }
      note(released.block)
    }
  }

  /// Gives the replay the state that it had.
  func goBack() {
    for (address, block) in blocks {
      let partition = replay.partition(of: address)
      _ = partition.blocks.remove(address)
      if let block { _ = partition.blocks.insert(block) }
    }
    for (partition, waiting) in zip(replay.partitions, waiting) {
      partition.pendingReleases = waiting.pending
      partition.namedReleases = waiting.named
      partition.displaced = waiting.displaced
    }
    replay.accounts.goBack(to: accountCount, accounts, epoch: epoch)
    replay.threads.removeSubrange(threadCount...)
    for (index, thread) in threads { replay.threads[index] = thread }
    for thread in newThreads { replay.threadIndices[thread] = nil }
    replay.totals = totals
    replay.timeline = timeline
    replay.batchIndex = batchIndex
    replay.hasPauses = hasPauses
    replay.mostEventsOutOfOrder = mostEventsOutOfOrder
  }

  private func noteBlock(at address: UInt64) {
    guard blocks.index(forKey: address) == nil else { return }
    let block = replay.partition(of: address).blocks.find(address)
    blocks.updateValue(block, forKey: address)
    if let block { note(block) }
  }

  private func note(_ block: LiveBlock) {
    noteAccount(block.account)
    noteThread(Int(block.thread))
  }

  private func noteAccount(_ account: UInt32) {
    guard account < accountCount, accounts[account] == nil else { return }
    accounts[account] = replay.accounts.accounts[Int(account)]
  }

  private func noteThread(_ thread: Int) {
    guard thread < threadCount, threads[thread] == nil else { return }
    threads[thread] = replay.threads[thread]
  }
}
