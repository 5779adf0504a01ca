/// Walks the blocks of replayed batches, each from its allocation to its end, and tells a visitor.
///
/// Called after each batch was replayed: which release ended which block is known by then. Memory
/// grows with the live blocks that the visitor tracks. A hot file: see `ScratchBuffer` for its
/// pointers; generic, so that the visitor's part of the loop is compiled into it.
final class BlockWalk<Visitor: BlockVisitor> {
  /// What must be remembered of a thread between its events.
  struct ThreadState {
    /// Size of the block that its last event released, negative if it was none or is unknown: a
    /// realloc's new block follows the release of the old one.
    var replacedBytes = -1
    /// The tracked block that its last release ended: a failed realloc may take it back.
    var lastEnd: (block: TrackedBlock, key: UInt64, end: BlockEnd)?
  }

  private(set) var visitor: Visitor
  private let births = BirthTable()
  /// Told of the ends of blocks that an earlier batch began, and of those that are taken back.
  var onEnd: ((CheckpointEnd) -> Void)?
  /// Displaced blocks whose release is still to come, if it is in the trace; by thread and sequence.
  private var displaced: [UInt64: CheckpointEnd] = [:]
  /// Live blocks that the replay does not know, as it passes over their events.
  private var strays: [UInt64: LiveBlock] = [:]
  private(set) var threads: [ThreadState] = []
  private var accounts = 0

  // Of the batch at hand.
  private let isTracked = ScratchBuffer<Bool>()
  /// By allocation index, of tracked blocks that the batch also releases; else `untracked`.
  private let batchBirths = ScratchBuffer<BirthTable.Birth>()
  private let untracked = BirthTable.Birth(
    timeNanoseconds: .max, origin: BlockOrigin(kind: 0, replacedBytes: 0))
  /// By run: the position of its lane's next run; past the events if there is none.
  private let nextOfRun = ScratchBuffer<UInt32>()
  private let nextOfLane = ScratchBuffer<UInt32>()
  private var time: UInt64 = 0

  init(_ visitor: Visitor) { self.visitor = visitor }

  /// Walks the events of a batch that `replay` has just replayed.
  func take(_ batch: EventBatch, _ replay: HeapReplay) {
    open(batch, replay)
    findNextOfLanes(batch)
    var position = 0
    var timeIndex = -1
    for (number, run) in batch.runs.enumerated() {
      let end = position + run.events
      // Stretches of one time and one lane.
      while position < end {
        while timeIndex + 1 < batch.times.count,
          batch.times[timeIndex + 1].position <= position
        {
          timeIndex += 1
          time = batch.times[timeIndex].nanoseconds
          visitor.advance(to: time)
        }
        let timeEnd =
          timeIndex + 1 < batch.times.count ? batch.times[timeIndex + 1].position : end
        let stretch = position..<min(end, timeEnd)
        let next =
          stretch.upperBound < end ? stretch.upperBound : Int(nextOfRun.pointer[number])
        walk(stretch, lane: run.lane, nextOfLane: next, batch, replay)
        position = stretch.upperBound
      }
    }
  }

  /// A block ended between two batches.
  func endLate(_ block: LiveBlock, releasedAt release: UInt64) {
    guard let birth = births.remove(block) else { return }
    let end = BlockEnd(
      timeNanoseconds: max(release, birth.timeNanoseconds), isTemporary: false, isReleased: true)
    visitor.end(tracked(block, birth), end)
    onEnd?(CheckpointEnd(CheckpointBlock(block, birth), end))
  }

  /// A block's address becomes another's. Whether its release is in the trace will be known later.
  private func displace(_ block: LiveBlock, isTemporary: Bool) {
    guard let birth = births.remove(block) else { return }
    let end = BlockEnd(timeNanoseconds: time, isTemporary: isTemporary, isReleased: true)
    visitor.end(tracked(block, birth), end)
    let displaced = CheckpointEnd(CheckpointBlock(block, birth), end)
    self.displaced[displaced.block.key] = displaced
  }

  /// Whether a displaced block's release is in the trace is known.
  func settle(_ block: LiveBlock, isReleased: Bool) {
    let key = BirthTable.key(thread: block.thread, sequence: block.sequence)
    guard let displaced = displaced.removeValue(forKey: key) else { return }
    if !isReleased {
      visitor.supersede(tracked(displaced.block.block, displaced.block.birth), displaced.end)
    }
    let end = BlockEnd(
      timeNanoseconds: displaced.end.timeNanoseconds, isTemporary: displaced.end.isTemporary,
      isReleased: isReleased)
    onEnd?(CheckpointEnd(displaced.block, end))
  }

  /// The trace is over.
  func finish(_ replay: HeapReplay) {
    func survive(_ block: LiveBlock) {
      if let birth = birth(of: block) { visitor.survive(tracked(block, birth)) }
    }
    replay.forEachLive(survive)
    strays.values.forEach(survive)
  }

  // MARK: Checkpoints

  /// A live block with when and how it was allocated, as far as that is known.
  func checkpoint(of block: LiveBlock) -> CheckpointBlock {
    CheckpointBlock(
      block,
      birth(of: block)
        ?? BirthTable.Birth(timeNanoseconds: 0, origin: BlockOrigin(packed: 0)))
  }

  private func birth(of block: LiveBlock) -> BirthTable.Birth? { births.find(block) }

  /// The events that follow are no earlier.
  func advance(to nanoseconds: UInt64) { visitor.advance(to: nanoseconds) }

  /// Takes what a checkpoint says of the threads; `replay` has its threads and stacks by now.
  func restore(_ states: [CheckpointState.Thread], _ replay: HeapReplay) {
    openNew(in: replay)
    for (place, state) in states.enumerated() {
      threads[place].replacedBytes = state.replacedBytes
      guard let (block, end) = state.lastEnd, tracks(block.block) else { continue }
      threads[place].lastEnd = (tracked(block.block, block.birth), block.key, end)
    }
  }

  /// Takes a live block of a checkpoint.
  func restore(_ block: CheckpointBlock) {
    guard tracks(block.block) else { return }
    births.insert(block.key, block.birth)
    visitor.begin(tracked(block.block, block.birth))
  }

  /// Takes what an index says of events that `replay` passes over. Blocks that began among them are
  /// unknown here and stay so.
  ///
  /// - Returns: whether it is sound.
  func pass(ends payload: UnsafeRawBufferPointer, _ replay: HeapReplay) -> Bool {
    guard var reader = LEBReader(payload) else { return false }
    let count = reader.count()
    for _ in 0..<count {
      let end = CheckpointEnd(&reader)
      guard !reader.failed else { return false }
      pass(end, replay)
    }
    return !reader.failed && reader.isAtEnd
  }

  private func pass(_ passed: CheckpointEnd, _ replay: HeapReplay) {
    let key = passed.block.key
    let block = passed.block.block
    if passed.isRevived {
      guard block.thread < threads.count, block.account < accounts,
        UInt64(bitPattern: block.sizeBytes) < BlockLimits.sizeBytes, tracks(block)
      else { return }
      births.insert(key, passed.block.birth)
      if replay.find(block) == nil { strays[key] = block }
      visitor.revive(tracked(block, passed.block.birth), passed.end)
    } else if let birth = births.remove(block) {
      guard let block = replay.find(block) ?? strays[key] else { return }
      visitor.end(tracked(block, birth), passed.end)
    } else {
      // It may have been displaced before.
      settle(block, isReleased: passed.end.isReleased)
    }
  }

  private func tracks(_ block: LiveBlock) -> Bool {
    visitor.tracks(thread: block.thread)
      && visitor.tracks(account: block.account, sizeBytes: Int(block.sizeBytes))
  }

  // MARK: The walk

  private func open(_ batch: EventBatch, _ replay: HeapReplay) {
    openNew(in: replay)
    isTracked.reserve(batch.siteCount)
    for site in 0..<batch.siteCount {
      isTracked.pointer[site] = visitor.tracks(
        account: replay.siteAccounts.pointer[site], sizeBytes: Int(batch.siteSizes.pointer[site]))
    }
    batchBirths.fill(batch.allocationCount, with: untracked)
  }

  /// Tells the visitor of threads and stacks that are new.
  private func openNew(in replay: HeapReplay) {
    while threads.count < replay.threads.count {
      visitor.open(
        thread: UInt32(threads.count), number: replay.threads[threads.count].id.rawValue)
      threads.append(ThreadState())
    }
    while accounts < replay.accounts.accounts.count {
      visitor.open(account: UInt32(accounts), node: replay.accounts.accounts[accounts].node)
      accounts += 1
    }
  }

  /// A realloc's release and its new block may stand in different runs of their lane.
  private func findNextOfLanes(_ batch: EventBatch) {
    nextOfRun.reserve(batch.runs.count)
    nextOfLane.fill(batch.lanes.count, with: UInt32(truncatingIfNeeded: batch.eventCount))
    var position = batch.eventCount
    for number in batch.runs.indices.reversed() {
      let run = batch.runs[number]
      position -= run.events
      nextOfRun.pointer[number] = nextOfLane.pointer[run.lane]
      nextOfLane.pointer[run.lane] = UInt32(truncatingIfNeeded: position)
    }
  }

  /// Whether the event at a position is a realloc's new block.
  @inline(__always)
  private static func isReallocation(
    _ kinds: UnsafeMutablePointer<UInt8>, _ position: Int, _ batch: EventBatch
  ) -> Bool {
    guard position < batch.eventCount else { return false }
    let kind = kinds[position] & HeapOperationKind.mask
    return kind == HeapOperationKind.reallocateMoved || kind == HeapOperationKind.reallocateInPlace
  }

  private func walk(
    _ stretch: Range<Int>, lane: Int, nextOfLane: Int, _ batch: EventBatch, _ replay: HeapReplay
  ) {
    let kinds = batch.kinds.pointer
    let references = batch.references.pointer
    let sites = batch.allocationSites.pointer
    let sizes = batch.siteSizes.pointer
    let thread = replay.laneThreads[lane]
    let tracksThread = visitor.tracks(thread: thread)
    let lastRelease = batch.lanes[lane].lastRelease
    var replacedBytes = threads[Int(thread)].replacedBytes
    var allocations = 0
    for position in stretch {
      let kind = kinds[position]
      let reference = Int(references[position])
      if kind & HeapOperationKind.displacing != 0, let block = replay.displaced[position] {
        displace(block.block, isTemporary: block.isTemporary)
      }
      switch kind & HeapOperationKind.mask {
      case HeapOperationKind.allocate...HeapOperationKind.reallocateInPlace:
        let site = Int(sites[reference])
        allocations += 1
        if tracksThread, isTracked.pointer[site] {
          let block = TrackedBlock(
            sizeBytes: Int(sizes[site]), birthNanoseconds: time,
            account: replay.siteAccounts.pointer[site], thread: thread,
            origin: BlockOrigin(
              kind: kind & HeapOperationKind.mask, replacedBytes: replacedBytes))
          begin(block, kind, allocation: reference, lane: lane, batch)
        }
        replacedBytes = -1
      case HeapOperationKind.release:
        let site = Int(sites[reference])
        replacedBytes = Int(sizes[site])
        let birth = batchBirths.pointer[reference]
        if kind & HeapOperationKind.neverLive == 0, birth.timeNanoseconds != .max {
          let owner = batch.owner(ofAllocation: reference, near: lane)
          let block = TrackedBlock(
            sizeBytes: replacedBytes, birthNanoseconds: birth.timeNanoseconds,
            account: replay.siteAccounts.pointer[site], thread: replay.laneThreads[owner],
            origin: birth.origin)
          let next = position + 1 < stretch.upperBound ? position + 1 : nextOfLane
          let end = BlockEnd(
            timeNanoseconds: time, isTemporary: kind & HeapOperationKind.temporary != 0,
            isReleased: true, isReplaced: Self.isReallocation(kinds, next, batch))
          visitor.end(block, end)
          if position == lastRelease {
            let key = BirthTable.key(
              thread: block.thread, sequence: batch.lanes[owner].sequence(ofAllocation: reference))
            threads[Int(thread)].lastEnd = (block, key, end)
          }
        } else if position == lastRelease {
          threads[Int(thread)].lastEnd = nil
        }
      case HeapOperationKind.releaseAddress:
        let next = position + 1 < stretch.upperBound ? position + 1 : nextOfLane
        let ended = endByAddress(
          replay.resolved.pointer[reference], kind,
          isReplaced: Self.isReallocation(kinds, next, batch))
        replacedBytes = ended.sizeBytes
        if position == lastRelease { threads[Int(thread)].lastEnd = ended.known }
      case HeapOperationKind.undone:
        replacedBytes = -1
      case HeapOperationKind.restored:
        replacedBytes = -1
        revive(lastOf: thread, at: position, in: batch)
      case HeapOperationKind.special:
        if case .mark(let mark) = batch.specials[reference].record { visitor.pass(mark) }
      default: break
      }
    }
    threads[Int(thread)].replacedBytes = replacedBytes
    visitor.count(allocations: allocations)
  }

  @inline(__always)
  private func begin(
    _ block: TrackedBlock, _ kind: UInt8, allocation: Int, lane: Int, _ batch: EventBatch
  ) {
    guard kind & HeapOperationKind.neverLive == 0 else {
      visitor.pass(block)
      return
    }
    let birth = BirthTable.Birth(timeNanoseconds: time, origin: block.origin)
    if batch.released.pointer[allocation] != 0 {
      batchBirths.pointer[allocation] = birth
    } else {
      let sequence = batch.lanes[lane].sequence(ofAllocation: allocation)
      births.insert(BirthTable.key(thread: block.thread, sequence: sequence), birth)
    }
    visitor.begin(block)
  }

  private func endByAddress(
    _ block: LiveBlock, _ kind: UInt8, isReplaced: Bool
  ) -> (sizeBytes: Int, known: (block: TrackedBlock, key: UInt64, end: BlockEnd)?) {
    guard block.address != 0 else { return (-1, nil) }
    if kind & HeapOperationKind.neverLive != 0 {
      settle(block, isReleased: true)
      return (Int(block.sizeBytes), nil)
    }
    let key = BirthTable.key(thread: block.thread, sequence: block.sequence)
    guard let birth = births.remove(block) else { return (Int(block.sizeBytes), nil) }
    let ended = tracked(block, birth)
    let end = BlockEnd(
      timeNanoseconds: time, isTemporary: kind & HeapOperationKind.temporary != 0,
      isReleased: true, isReplaced: isReplaced)
    visitor.end(ended, end)
    onEnd?(CheckpointEnd(CheckpointBlock(block, birth), end))
    return (ended.sizeBytes, (ended, key, end))
  }

  private func revive(lastOf thread: UInt32, at position: Int, in batch: EventBatch) {
    guard let (block, key, end) = threads[Int(thread)].lastEnd else { return }
    threads[Int(thread)].lastEnd = nil
    let birth = BirthTable.Birth(timeNanoseconds: block.birthNanoseconds, origin: block.origin)
    births.insert(key, birth)
    visitor.revive(block, end)
    guard let onEnd else { return }
    let address = batch.restores.first { $0.position == position }?.address ?? 0
    let revived = LiveBlock(
      address: address, sizeBytes: Int64(block.sizeBytes), account: block.account,
      thread: block.thread, sequence: BirthTable.sequence(ofKey: key), born: 0)
    onEnd(CheckpointEnd(CheckpointBlock(revived, birth), end, isRevived: true))
  }

  private func tracked(_ block: LiveBlock, _ birth: BirthTable.Birth) -> TrackedBlock {
    TrackedBlock(
      sizeBytes: Int(block.sizeBytes), birthNanoseconds: birth.timeNanoseconds,
      account: block.account, thread: block.thread, origin: birth.origin)
  }
}

extension EventBatch {
  /// The lane that made an allocation; quick when it is the one that is asked for.
  @inline(__always)
  fileprivate func owner(ofAllocation index: Int, near lane: Int) -> Int {
    let first = lanes[lane].firstAllocation
    if index >= first, index < first + lanes[lane].allocations { return lane }
    return laneIndex(ofAllocation: index)
  }
}
