import CTraceFormat
import TraceFormat

/// Replays batches in their order: who lives, what it costs, when the heap was at its highest.
///
/// Blocks that a batch both allocates and releases were counted by its decoder; here only those
/// that cross batches are looked up, and the sum of live bytes is run over the batch's changes.
/// `LivePartition` pairs blocks across batches, `HeapReplay+Stretches.swift` runs the
/// sum. Belongs to one thread.
final class HeapReplay {
  /// A change of an account besides those that the batch's columns tell of: by a block that a failed
  /// realloc brought back, by one that was displaced.
  struct Adjustment {
    let position: Int
    let account: UInt32
    let blocks: Int
    let bytes: Int
  }

  let accounts = StackAccounts()
  /// The live blocks, by address. One partition as long as they are few: two threads cost more
  /// processor time than one.
  private(set) var partitions = [LivePartition()]
  private let sharedBlocks: Int
  var totals = ReplayTotals()
  var threads: [ThreadAccount] = []
  var threadIndices: [UInt32: Int] = [:]
  var timeline: TimelineBuilder
  /// Counts the batches replayed.
  var batchIndex = 0

  // Of the batch at hand.
  let siteAccounts = ScratchBuffer<UInt32>()
  let partialBlocks = ScratchBuffer<Int32>()
  /// By index of the address release: the block it ended, address 0 if none.
  let resolved = ScratchBuffer<LiveBlock>()
  var adjustments: [Adjustment] = []
  /// By position: the block that lived at the address which became another's there.
  var displaced: [Int: (block: LiveBlock, isTemporary: Bool)] = [:]
  /// By lane: its thread's place in `threads`.
  private(set) var laneThreads: [UInt32] = []

  /// Whether blocks may have been there before the recording: the child of a fork inherits some.
  let hasInheritedBlocks: Bool

  /// Whether a pause has left blocks out whose releases are recorded: a release without a block is
  /// then one of theirs, and waits for no other block at its address.
  var hasPauses = false

  /// How many events of a thread may lie between two events of the trace that stand in the wrong
  /// order; `nil` if the trace does not say.
  var mostEventsOutOfOrder: Int?

  /// Keeps what batches change, while they are to be taken back.
  var undo: ReplayUndo?

  /// Told of blocks that end between batches, with the time of their release.
  var onLateEnd: ((LiveBlock, _ releaseNanoseconds: UInt64) -> Void)?
  /// Told of displaced blocks, between batches, once it is known whether their release is in the trace.
  var onDisplacedEnd: ((LiveBlock, _ isReleased: Bool) -> Void)?

  /// What of a lane's thread is its number in the trace; the rest tells its lanes apart.
  var threadMask = UInt32.max

  /// From `sharedBlocks` live blocks on, two threads share them.
  init(timelinePoints: Int, sharedBlocks: Int, hasInheritedBlocks: Bool = false) {
    self.sharedBlocks = sharedBlocks
    timeline = TimelineBuilder(limit: timelinePoints)
    self.hasInheritedBlocks = hasInheritedBlocks
  }

  /// Replays one batch. Afterwards `resolved` and the batch's kinds tell what its releases ended.
  func replay(_ batch: EventBatch) {
    if let undo {
      undo.note(batch)
    } else if partitions.count == 1, liveCount >= sharedBlocks {
      let whole = partitions[0]
      partitions = (0..<2).map { LivePartition($0, of: 2, from: whole) }
    }
    expireWaiting(batch)
    openAccounts(batch)
    settle(batch)
    runStretches(batch)
    fold(batch)
    closeLanes(batch)
    totals.events += batch.eventCount
    batchIndex += 1
  }

  /// Ends the replay: what still waits is settled. The live table then holds the leaked blocks.
  func finish(at nanoseconds: UInt64) {
    for partition in partitions {
      partition.namedReleases.expireAll { settleLate($0, in: partition) }
      partition.pendingReleases.expireAll { settleLate($0, in: partition) }
      partition.displaced.expireAll(supersede)
    }
    timeline.finish(at: nanoseconds)
  }

  var liveCount: Int { partitions.reduce(0) { $0 + $1.blocks.count } }

  /// Calls `body` with every live block, in no order.
  func forEachLive(_ body: (LiveBlock) -> Void) {
    for partition in partitions { partition.blocks.forEach(body) }
  }

  /// The partition that an address belongs to.
  func partition(of address: UInt64) -> LivePartition {
    partitions[LivePartition.number(of: address, among: partitions.count)]
  }

  /// The sequence of a thread's next allocation, as far as it was replayed.
  func nextSequence(of thread: UInt32) -> UInt32 {
    threadIndices[thread].map { threads[$0].nextSequence } ?? 0
  }

  func threadIndex(_ thread: UInt32) -> Int {
    if let index = threadIndices[thread] { return index }
    threadIndices[thread] = threads.count
    threads.append(ThreadAccount(id: ThreadID(rawValue: thread & threadMask)))
    return threads.count - 1
  }

  private func openAccounts(_ batch: EventBatch) {
    siteAccounts.reserve(batch.siteCount)
    for site in 0..<batch.siteCount {
      siteAccounts.pointer[site] = accounts.account(of: batch.siteStacks.pointer[site])
    }
    laneThreads.removeAll(keepingCapacity: true)
    for (index, lane) in batch.lanes.enumerated() {
      let thread = threadIndex(lane.thread)
      laneThreads.append(UInt32(truncatingIfNeeded: thread))
      if lane.isPassedOver { continue }
      threads[thread].laneBatch = batchIndex
      threads[thread].lane = index
    }
  }

  private func expireWaiting(_ batch: EventBatch) {
    let time = batch.firstTimeNanoseconds
    for partition in partitions {
      partition.namedReleases.expire(batch: batchIndex, timeNanoseconds: time) {
        settleLate($0, in: partition)
      }
      partition.pendingReleases.expire(batch: batchIndex, timeNanoseconds: time) {
        settleLate($0, in: partition)
      }
      partition.displaced.expire(batch: batchIndex, timeNanoseconds: time, supersede)
    }
  }

  /// A release for which no other thread's block came. When several threads handed an address
  /// around within moments, the releases may have been paired with each other's blocks, and the one
  /// that is left over is its own thread's: as many blocks of an address end as it has releases.
  private func settleLate(_ release: LivePartition.PendingRelease, in partition: LivePartition) {
    guard threads.count > 1, !hasInheritedBlocks, !hasPauses else { return }
    settleLate(release.address, at: release.timeNanoseconds, in: partition) { abs($0) <= $1 }
  }

  /// A release for which the allocation that it names did not come: the address decides. A block
  /// that has it, and was not allocated long after, must have ended by then.
  private func settleLate(_ release: LivePartition.NamedRelease, in partition: LivePartition) {
    settleLate(release.address, at: release.timeNanoseconds, in: partition) { $0 <= $1 }
  }

  /// Lets a release end the block at its address if the block's age fits: `fits` is given when it
  /// was allocated after the release and how far the order of collection can be off, both in the
  /// units of `LiveBlock.born`.
  private func settleLate(
    _ address: UInt64, at nanoseconds: UInt64, in partition: LivePartition,
    _ fits: (_ bornAfter: Int64, _ patience: Int64) -> Bool
  ) {
    if let displaced = partition.displaced.take(address, where: { _ in true }) {
      totals.unknownFrees -= 1
      onDisplacedEnd?(displaced.block, true)
    } else if let block = partition.blocks.find(address) {
      let bornAfter = Int32(bitPattern: block.born &- Self.bornUnits(nanoseconds))
      let patience = Self.bornUnits(WaitingList<LivePartition.PendingRelease>.patienceNanoseconds)
      guard fits(Int64(bornAfter), Int64(patience)) else { return }
      _ = partition.blocks.remove(address)
      totals.unknownFrees -= 1
      close(block, releasedAt: nanoseconds)
    }
  }

  /// Gives up waiting for the release of a displaced block.
  private func supersede(_ displaced: LivePartition.DisplacedBlock) {
    totals.supersededBlocks += 1
    onDisplacedEnd?(displaced.block, false)
  }

  /// Takes a block out of the sums of what is live.
  private func close(_ block: LiveBlock, releasedAt releaseNanoseconds: UInt64) {
    totals.liveBlocks -= 1
    totals.liveBytes &-= Int(block.sizeBytes)
    accounts.change(block.account) {
      $0.liveBlocks -= 1
      $0.liveBytes &-= Int(block.sizeBytes)
    }
    onLateEnd?(block, releaseNanoseconds)
  }

  /// Adds the batch to the accounts.
  private func fold(_ batch: EventBatch) {
    for site in 0..<batch.siteCount {
      let size = Int(batch.siteSizes.pointer[site])
      let allocations = Int(batch.siteAllocations.pointer[site])
      let survivors = allocations - Int(batch.siteReleases.pointer[site])
      let temporaries = Int(batch.siteTemporaries.pointer[site])
      accounts.change(siteAccounts.pointer[site]) {
        $0.allocations += allocations
        $0.allocatedBytes &+= allocations &* size
        if allocations > 0 { $0.sizes.add(size) }
        $0.temporaries += temporaries
        $0.liveBlocks += survivors
        $0.liveBytes &+= survivors &* size
      }
    }
    for index in 0..<batch.addressReleases.count where resolved.pointer[index].address != 0 {
      let block = resolved.pointer[index]
      accounts.change(block.account) {
        $0.liveBlocks -= 1
        $0.liveBytes &-= Int(block.sizeBytes)
      }
    }
    for adjustment in adjustments {
      accounts.change(adjustment.account) {
        $0.liveBlocks += adjustment.blocks
        $0.liveBytes &+= adjustment.bytes
      }
    }
  }

  private func closeLanes(_ batch: EventBatch) {
    for (number, lane) in batch.lanes.enumerated() where !lane.isPassedOver {
      let index = Int(laneThreads[number])
      threads[index].allocations += lane.allocations
      threads[index].allocatedBytes &+= lane.allocatedBytes
      threads[index].frees += lane.frees
      threads[index].temporaries += lane.temporaries
      threads[index].nextSequence =
        lane.firstSequence &+ UInt32(truncatingIfNeeded: lane.allocations)
      totals.allocations += lane.allocations
      totals.reallocations += lane.reallocations
      totals.allocatedBytes &+= lane.allocatedBytes
      totals.frees += lane.frees
      totals.temporaries += lane.temporaries
      if lane.lastRelease >= 0 {
        threads[index].lastRelease = releasedBlock(at: lane.lastRelease, of: batch)
      }
    }
  }

  /// What the release at a position ended.
  private func releasedBlock(at position: Int, of batch: EventBatch) -> ReleasedBlock {
    let kind = batch.kinds.pointer[position]
    let reference = Int(batch.references.pointer[position])
    let wasTemporary = kind & HeapOperationKind.temporary != 0
    switch kind & HeapOperationKind.mask {
    case HeapOperationKind.release:
      let number = batch.laneIndex(ofAllocation: reference)
      let lane = batch.lanes[number]
      let site = Int(batch.allocationSites.pointer[reference])
      return ReleasedBlock(
        origin: .known,
        block: LiveBlock(
          address: 0, sizeBytes: batch.siteSizes.pointer[site],
          account: siteAccounts.pointer[site], thread: laneThreads[number],
          sequence: lane.sequence(ofAllocation: reference),
          born: Self.bornUnits(batch.firstTimeNanoseconds)),
        wasTemporary: wasTemporary)
    default:
      let block = resolved.pointer[reference]
      if block.address == 0, let name = batch.names[UInt32(reference)] {
        return ReleasedBlock(
          origin: .named,
          block: LiveBlock(
            address: batch.addressReleases[reference].address, sizeBytes: 0, account: 0,
            thread: name.thread, sequence: name.sequence, born: 0),
          wasTemporary: false)
      }
      return ReleasedBlock(
        origin: block.address == 0 ? .unknown : .known, block: block, wasTemporary: wasTemporary)
    }
  }

  /// The coarse clock of `LiveBlock.born`.
  static func bornUnits(_ nanoseconds: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: nanoseconds >> 20)
  }
}

extension EventBatch.Lane {
  /// The sequence, low 32 bits, of an allocation of this lane.
  func sequence(ofAllocation index: Int) -> UInt32 {
    firstSequence &+ UInt32(truncatingIfNeeded: index - firstAllocation)
  }
}

extension EventBatch {
  /// The time at a position. O(log times).
  func time(at position: Int) -> UInt64 {
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle].position <= position { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? firstTimeNanoseconds : times[low - 1].nanoseconds
  }
}
