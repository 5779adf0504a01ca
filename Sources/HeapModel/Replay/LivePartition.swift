import CTraceFormat
import Dispatch
import TraceFormat

/// The live blocks of one part of the addresses, and what waits there for an event of another
/// thread. Partitions settle a batch side by side: what happens to an address is the business of
/// one of them, and what they have in common they only read.
///
/// No two blocks live at one address: a block whose address is allocated again ends there and then,
/// displaced. That is so when its release is not in the trace, as where a whole arena is given back,
/// and when the release only stands later, because order between threads is not exact.
///
/// Two rules repair that order. A release of a block that is not there waits for another thread to
/// allocate it. The release of a displaced block is the next one of its address, unless the thread
/// that made the newer block releases it, whose own order is exact. Both reach as far as the trace's
/// order leaves open.
///
/// A release that names its allocation ends the block at its address that has those bits of the
/// sequence, whichever thread made it: that the thread is the right one cannot be known. Where there
/// is no such block it waits for one.
final class LivePartition: @unchecked Sendable {
  struct PendingRelease {
    let address: UInt64
    let thread: UInt32
    let timeNanoseconds: UInt64
    /// Number of the event in the trace.
    let event: Int
  }

  struct DisplacedBlock {
    let block: LiveBlock
    /// Number in the trace of the event that displaced it.
    let event: Int
  }

  struct NamedRelease {
    let address: UInt64
    let name: EventBatch.AllocationName
    let timeNanoseconds: UInt64
  }

  /// What partitions read of the replay while they settle a batch, and where they write what its
  /// releases ended: each in other places.
  struct Context: @unchecked Sendable {
    let batch: EventBatch
    let batchIndex: Int
    /// Number in the trace of the batch's first event.
    let firstEvent: Int
    /// Fewer events lie between two that stand in the wrong order.
    let reach: Int
    let hasPauses: Bool
    let threads: UnsafeBufferPointer<ThreadAccount>
    /// By lane: its thread's place in `threads`.
    let laneThreads: UnsafeBufferPointer<UInt32>
    /// By site.
    let accounts: UnsafePointer<UInt32>
    /// By index of the address release: the block it ended, address 0 if none.
    let resolved: UnsafeMutablePointer<LiveBlock>
  }

  /// A release by address or a survivor, by its index, of those that are this partition's.
  private struct Operation: BitwiseCopyable {
    let address: UInt64
    let index: UInt32
    let isRelease: Bool
  }

  let blocks: LiveTable
  /// Releases of blocks that are not there (yet), by address.
  var pendingReleases = WaitingList<PendingRelease>()
  /// Releases that name an allocation of which nothing is there (yet), by address.
  var namedReleases = WaitingList<NamedRelease>()
  /// Blocks whose address was allocated again before their release came, by address. They are over.
  var displaced = WaitingList<DisplacedBlock>()

  // Of the batch at hand, for the replay to add up.
  private(set) var unknownFrees = 0
  /// Blocks of earlier batches that the batch released as temporary.
  private(set) var temporaries: [LiveBlock] = []
  /// Allocations that a release had ended before.
  private(set) var neverLive: [EventBatch.Survivor] = []
  /// Blocks that the batch displaced, and the positions where.
  private(set) var ended: [(position: Int, block: LiveBlock, isTemporary: Bool)] = []
  /// Releases of displaced blocks, which change nothing any more.
  private(set) var afterwards: [(position: Int, block: LiveBlock)] = []

  /// In merged order.
  private let operations = ScratchBuffer<Operation>()
  private let number: Int
  private let count: Int
  /// A queue of its own gets a thread at once, whatever the decoders are doing.
  private lazy var queue = DispatchQueue(label: "memtrace.live.\(number)")
  private let settled = DispatchSemaphore(value: 0)

  /// How far ahead of its use each step fetches a block, in operations.
  private static let prefetchDistance = 8

  /// All addresses.
  init() {
    blocks = LiveTable()
    number = 0
    count = 1
  }

  /// One of so many parts of another.
  init(_ number: Int, of count: Int, from whole: LivePartition) {
    blocks = LiveTable(forPart: count, of: whole.blocks)
    self.number = number
    self.count = count
    whole.blocks.forEach { if isMine($0.address) { _ = blocks.insert($0) } }
    whole.pendingReleases.forEach {
      if isMine($1) { pendingReleases.append($0, key: $1, batch: $2, timeNanoseconds: $3) }
    }
    whole.namedReleases.forEach {
      if isMine($1) { namedReleases.append($0, key: $1, batch: $2, timeNanoseconds: $3) }
    }
    whole.displaced.forEach {
      if isMine($1) { displaced.append($0, key: $1, batch: $2, timeNanoseconds: $3) }
    }
  }

  /// Which of so many partitions an address belongs to. Neighbours belong together, as in the table,
  /// which goes by the upper bits of the hash.
  @inline(__always)
  static func number(of address: UInt64, among count: Int) -> Int {
    let hash = RecordRegion.hash(RecordRegion.number(of: address)) >> 16 & 0xffff
    return Int(truncatingIfNeeded: (hash &* UInt64(truncatingIfNeeded: count)) >> 16)
  }

  /// Begins to settle a batch on another thread.
  func start(_ context: Context) {
    queue.async { [self] in
      settle(context)
      settled.signal()
    }
  }

  /// Waits until what was started is done.
  func wait() { settled.wait() }

  /// Pairs the batch's releases by address with blocks of earlier batches, and enters the blocks
  /// that outlive it, in merged order.
  func settle(_ context: Context) {
    unknownFrees = 0
    temporaries.removeAll(keepingCapacity: true)
    neverLive.removeAll(keepingCapacity: true)
    ended.removeAll(keepingCapacity: true)
    afterwards.removeAll(keepingCapacity: true)
    let count = chooseOperations(of: context.batch)
    let operations = operations.pointer
    let isLarge = blocks.isLarge
    for place in 0..<count {
      let ahead = place + 3 * Self.prefetchDistance
      if isLarge, ahead < count {
        blocks.prefetch(
          operations[ahead].address, operations[ahead - Self.prefetchDistance].address,
          operations[ahead - 2 * Self.prefetchDistance].address)
      }
      let operation = operations[place]
      let index = Int(operation.index)
      if operation.isRelease {
        end(context.batch.addressReleases.pointer[index], index: index, context)
      } else {
        enter(context.batch.survivors.pointer[index], context)
      }
    }
  }

  @inline(__always)
  private func isMine(_ address: UInt64) -> Bool {
    Self.number(of: address, among: count) == number
  }

  /// Lists the releases by address and the survivors that are this partition's; returns their count.
  private func chooseOperations(of batch: EventBatch) -> Int {
    let releases = batch.addressReleases.pointer
    let releaseCount = batch.addressReleases.count
    let survivors = batch.survivors.pointer
    let survivorCount = batch.survivors.count
    let chosen = operations.reserve(releaseCount + survivorCount + 1)
    var count = 0
    var release = 0
    var survivor = 0
    // Each is entered, and stays if it is ours: whose an address is cannot be foreseen by a branch.
    while release < releaseCount || survivor < survivorCount {
      let isRelease =
        survivor == survivorCount
        || release < releaseCount
          && releases[release].position < batch.position(of: survivors[survivor])
      let index = isRelease ? release : survivor
      let address = isRelease ? releases[index].address : survivors[index].address
      chosen[count] = Operation(
        address: address, index: UInt32(truncatingIfNeeded: index), isRelease: isRelease)
      count &+= isMine(address) ? 1 : 0
      release &+= isRelease ? 1 : 0
      survivor &+= isRelease ? 0 : 1
    }
    return count
  }

  @inline(__always)
  private func end(_ release: EventBatch.AddressRelease, index: Int, _ context: Context) {
    let batch = context.batch
    let position = Int(release.position)
    guard batch.kinds.pointer[position] != HeapOperationKind.undone else {
      context.resolved[index].address = 0
      return
    }
    let name = batch.names.isEmpty ? nil : batch.names[UInt32(truncatingIfNeeded: index)]
    if !displaced.isEmpty, let block = takeDisplaced(release, name, context) {
      context.resolved[index] = block
      batch.kinds.pointer[position] |= HeapOperationKind.neverLive
      afterwards.append((position, block))
      return
    }
    guard let block = takeBlock(name, at: release.address) else {
      context.resolved[index].address = 0
      batch.kinds.pointer[position] |= HeapOperationKind.neverLive
      batch.deltas.pointer[position] = 0
      unknownFrees += 1
      wait(for: release, name, context)
      return
    }
    context.resolved[index] = block
    batch.deltas.pointer[position] = -block.sizeBytes
    if context.isNewest(block, at: position) {
      batch.kinds.pointer[position] |= HeapOperationKind.temporary
      temporaries.append(block)
    }
  }

  /// Keeps a release whose block is not there.
  private func wait(
    for release: EventBatch.AddressRelease, _ name: EventBatch.AllocationName?, _ context: Context
  ) {
    let time = context.batch.time(at: Int(release.position))
    if let name {
      namedReleases.append(
        NamedRelease(address: release.address, name: name, timeNanoseconds: time),
        key: release.address, batch: context.batchIndex, timeNanoseconds: time)
    } else if !context.hasPauses {
      pendingReleases.append(
        PendingRelease(
          address: release.address, thread: context.laneThreads[Int(release.lane)],
          timeNanoseconds: time, event: context.firstEvent + Int(release.position)),
        key: release.address, batch: context.batchIndex, timeNanoseconds: time)
    }
  }

  /// The live block that a release ends.
  @inline(__always)
  private func takeBlock(_ name: EventBatch.AllocationName?, at address: UInt64) -> LiveBlock? {
    if let name {
      guard let newest = blocks.find(address), name.fits(newest) else { return nil }
    }
    return blocks.remove(address)
  }

  /// The displaced block that a release is of.
  private func takeDisplaced(
    _ release: EventBatch.AddressRelease, _ name: EventBatch.AllocationName?, _ context: Context
  ) -> LiveBlock? {
    if let name { return displaced.take(release.address) { name.fits($0.block) }?.block }
    let thread = context.laneThreads[Int(release.lane)]
    guard blocks.find(release.address)?.thread != thread else { return nil }
    return displaced.take(release.address) {
      context.reaches(from: $0.event, to: Int(release.position))
    }?.block
  }

  @inline(__always)
  private func enter(_ survivor: EventBatch.Survivor, _ context: Context) {
    let batch = context.batch
    let lane = Int(survivor.lane)
    let allocation = Int(survivor.allocation)
    let site = Int(batch.allocationSites.pointer[allocation])
    let block = LiveBlock(
      address: survivor.address, sizeBytes: batch.siteSizes.pointer[site],
      account: context.accounts[site], thread: context.laneThreads[lane],
      sequence: batch.lanes[lane].sequence(ofAllocation: allocation),
      born: HeapReplay.bornUnits(batch.firstTimeNanoseconds))
    let position = Int(batch.position(of: survivor))
    if !namedReleases.isEmpty || !pendingReleases.isEmpty,
      isAlreadyReleased(block, at: position, context)
    {
      batch.kinds.pointer[position] |= HeapOperationKind.neverLive
      batch.deltas.pointer[position] = 0
      neverLive.append(survivor)
      return
    }
    guard let earlier = blocks.insert(block) else { return }
    displace(earlier, at: position, batch, batchIndex: context.batchIndex, context.firstEvent)
    let isTemporary = context.isNewest(earlier, at: position)
    if isTemporary { temporaries.append(earlier) }
    ended.append((position, earlier, isTemporary))
  }

  /// Keeps a block that an event of a batch displaced, for its release.
  func displace(
    _ block: LiveBlock, at position: Int, _ batch: EventBatch, batchIndex: Int, _ firstEvent: Int
  ) {
    batch.kinds.pointer[position] |= HeapOperationKind.displacing
    batch.deltas.pointer[position] -= block.sizeBytes
    displaced.append(
      DisplacedBlock(block: block, event: firstEvent + position), key: block.address,
      batch: batchIndex, timeNanoseconds: batch.time(at: position))
  }

  /// Whether a release that stands before the allocation ended the block.
  private func isAlreadyReleased(
    _ block: LiveBlock, at position: Int, _ context: Context
  ) -> Bool {
    if namedReleases.take(block.address, where: { $0.name.fits(block) }) != nil { return true }
    return pendingReleases.take(block.address) {
      $0.thread != block.thread && context.reaches(from: $0.event, to: position)
    } != nil
  }
}

extension EventBatch.AllocationName {
  private static var sequenceMask: UInt32 { 1 << UInt32(MT_RAW_SEQUENCE_BITS) - 1 }

  /// Whether the block at the release's address may be the one that is meant.
  fileprivate func fits(_ block: LiveBlock) -> Bool {
    (sequence ^ block.sequence) & Self.sequenceMask == 0
  }
}

extension LivePartition.Context {
  /// Whether an event and a later one, at a position of the batch, may stand in the wrong order.
  fileprivate func reaches(from event: Int, to position: Int) -> Bool {
    firstEvent + position - event < reach
  }

  /// Whether a block's thread has not allocated between the block and a position of the batch.
  @inline(__always)
  fileprivate func isNewest(_ block: LiveBlock, at position: Int) -> Bool {
    let thread = threads[Int(block.thread)]
    let next = block.sequence &+ 1
    guard thread.laneBatch == batchIndex else { return thread.nextSequence == next }
    let lane = batch.lanes[thread.lane]
    // Of a block that is older than the lane the difference wraps, and is a large number.
    let offset = Int(next &- lane.firstSequence)
    guard offset < lane.allocations else { return offset == lane.allocations }
    return batch.allocationPositions.pointer[lane.firstAllocation + offset] > position
  }
}
