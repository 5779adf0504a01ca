import CTraceFormat
import TraceFormat

/// The state of a replay and its walk between two batches, as an index keeps it: see "Index" in
/// trace_format.h for the numbers and their order.
extension HeapReplay {
  /// Part 0, but the marks.
  func encodeState(
    _ walk: BlockWalk<some BlockVisitor>, lastBatch: UInt64, lastTime: UInt64,
    to writer: inout LEBWriter
  ) {
    for number in [
      totals.events, totals.allocations, totals.reallocations, totals.allocatedBytes, totals.frees,
      totals.unknownFrees, totals.temporaries, totals.supersededBlocks, totals.peakBytes,
      totals.peakBlocks,
    ] { writer.append(number) }
    writer.append(totals.peakTimeNanoseconds)
    writer.append(lastBatch)
    writer.append(lastTime)

    writer.append(threads.count)
    for (place, thread) in threads.enumerated() {
      writer.append(thread.id.rawValue)
      writer.append(thread.nextSequence)
      for number in [thread.allocations, thread.allocatedBytes, thread.frees, thread.temporaries] {
        writer.append(number)
      }
      let state = walk.threads[place]
      writer.append(state.replacedBytes + 1)
      guard let released = thread.lastRelease else {
        writer.append(0)
        continue
      }
      writer.append(released.origin.code)
      writer.append(released.wasTemporary)
      released.block.encode(
        birth: state.lastEnd?.block.birthNanoseconds ?? 0,
        origin: state.lastEnd?.block.origin.packed ?? 0, to: &writer)
      writer.append(state.lastEnd == nil ? 0 : 1)
      writer.append(state.lastEnd?.end.timeNanoseconds ?? 0)
    }

    writer.append(accounts.accounts.count)
    for account in accounts.accounts { writer.append(account.node) }
    encodeWaiting(walk, to: &writer)
  }

  private func encodeWaiting(_ walk: BlockWalk<some BlockVisitor>, to writer: inout LEBWriter) {
    var entries = (pending: LEBWriter(), early: LEBWriter(), displaced: LEBWriter())
    var counts = (pending: 0, early: 0, displaced: 0)
    func arrival(_ batch: Int, _ time: UInt64, to writer: inout LEBWriter) {
      writer.append(batchIndex - batch)
      writer.append(time)
    }
    pendingReleases.forEach { release, key, batch, time in
      counts.pending += 1
      entries.pending.append(key)
      entries.pending.append(release.thread)
      arrival(batch, time, to: &entries.pending)
    }
    earlyReleases.forEach { release, key, batch, time in
      counts.early += 1
      entries.early.append(key)
      entries.early.append(release.thread)
      entries.early.append(release.sequence)
      arrival(batch, time, to: &entries.early)
    }
    displaced.forEach { block, _, batch, time in
      counts.displaced += 1
      let birth = walk.birth(of: block)
      block.encode(
        birth: birth?.timeNanoseconds ?? 0, origin: birth?.origin.packed ?? 0,
        to: &entries.displaced)
      arrival(batch, time, to: &entries.displaced)
    }
    for (count, list) in [
      (counts.pending, entries.pending), (counts.early, entries.early),
      (counts.displaced, entries.displaced),
    ] {
      writer.append(count)
      writer.append(contentsOf: list)
    }
  }

  /// Takes the state of part 0, all but the marks.
  ///
  /// - Returns: the number of the last batch and the last moment before the checkpoint; `nil` if the
  ///   numbers contradict each other.
  func restoreState(
    _ walk: BlockWalk<some BlockVisitor>, from reader: inout LEBReader
  ) -> (lastBatch: UInt64, lastTime: UInt64)? {
    totals.events = reader.number()
    totals.allocations = reader.number()
    totals.reallocations = reader.number()
    totals.allocatedBytes = reader.number()
    totals.frees = reader.number()
    totals.unknownFrees = reader.number()
    totals.temporaries = reader.number()
    totals.supersededBlocks = reader.number()
    totals.peakBytes = reader.number()
    totals.peakBlocks = reader.number()
    totals.peakTimeNanoseconds = reader.unsigned()
    let lastBatch = reader.unsigned()
    let lastTime = reader.unsigned()

    var ends: [BlockWalk.ThreadState.End?] = []
    var replaced: [Int] = []
    let threadCount = reader.count()
    for _ in 0..<threadCount {
      guard !reader.failed else { break }
      let place = threadIndex(UInt32(truncatingIfNeeded: reader.unsigned()))
      guard place == ends.count else { return nil }
      threads[place].nextSequence = UInt32(truncatingIfNeeded: reader.unsigned())
      threads[place].allocations = reader.number()
      threads[place].allocatedBytes = reader.number()
      threads[place].frees = reader.number()
      threads[place].temporaries = reader.number()
      replaced.append(min(reader.number(), Int(BlockLimits.sizeBytes)) - 1)
      ends.append(nil)
      guard let origin = ReleasedBlock.Origin(code: reader.unsigned()) else { continue }
      let wasTemporary = reader.unsigned() != 0
      let (block, birth, packed) = LiveBlock.decode(&reader)
      threads[place].lastRelease = ReleasedBlock(
        origin: origin, block: block, wasTemporary: wasTemporary)
      let isWalked = reader.unsigned() != 0
      let time = reader.unsigned()
      if isWalked {
        ends[place] = (
          block,
          BirthTable.Birth(timeNanoseconds: birth, origin: BlockOrigin(packed: packed)),
          BlockEnd(timeNanoseconds: time, isTemporary: wasTemporary, isReleased: true)
        )
      }
    }
    let stackCount = reader.count()
    for place in 0..<stackCount {
      guard !reader.failed else { break }
      let node = UInt32(truncatingIfNeeded: reader.unsigned())
      guard accounts.account(of: node) == place else { return nil }
    }
    // The places of blocks must be there before the walk looks at them.
    guard !reader.failed,
      ends.allSatisfy({ $0.map { isPlaced($0.block) } ?? true })
    else { return nil }
    walk.restore(self, replacedBytes: replaced, ends: ends)
    return restoreWaiting(walk, from: &reader) ? (lastBatch, lastTime) : nil
  }

  private func restoreWaiting(
    _ walk: BlockWalk<some BlockVisitor>, from reader: inout LEBReader
  ) -> Bool {
    let pendingCount = reader.count()
    for _ in 0..<pendingCount {
      guard !reader.failed else { break }
      let address = reader.unsigned()
      let thread = UInt32(truncatingIfNeeded: reader.unsigned())
      let (batch, time) = arrival(&reader)
      pendingReleases.append(
        PendingRelease(address: address, thread: thread, timeNanoseconds: time), key: address,
        batch: batch, timeNanoseconds: time)
    }
    let earlyCount = reader.count()
    for _ in 0..<earlyCount {
      guard !reader.failed else { break }
      let address = reader.unsigned()
      let thread = UInt32(truncatingIfNeeded: reader.unsigned())
      let sequence = UInt32(truncatingIfNeeded: reader.unsigned())
      let (batch, time) = arrival(&reader)
      earlyReleases.append(
        PendingEarlyRelease(thread: thread, sequence: sequence), key: address, batch: batch,
        timeNanoseconds: time)
    }
    let displacedCount = reader.count()
    for _ in 0..<displacedCount {
      guard !reader.failed else { break }
      guard let block = restoreBlock(walk, from: &reader) else { return false }
      let (batch, time) = arrival(&reader)
      displaced.append(block, key: block.address, batch: batch, timeNanoseconds: time)
    }
    return !reader.failed
  }

  /// When something that waits had come.
  private func arrival(_ reader: inout LEBReader) -> (batch: Int, timeNanoseconds: UInt64) {
    (batchIndex - reader.number(), reader.unsigned())
  }

  /// Takes the blocks of a part; `false` if the part contradicts itself.
  func restoreBlocks(
    _ walk: BlockWalk<some BlockVisitor>, from reader: inout LEBReader
  ) -> Bool {
    let count = reader.count()
    for _ in 0..<count {
      guard !reader.failed else { break }
      guard let block = restoreBlock(walk, from: &reader), live.insert(block) == nil else {
        return false
      }
    }
    return !reader.failed
  }

  /// Takes a block that counts as live; `nil` if it cannot be one.
  private func restoreBlock(
    _ walk: BlockWalk<some BlockVisitor>, from reader: inout LEBReader
  ) -> LiveBlock? {
    let (block, birth, packed) = LiveBlock.decode(&reader)
    guard !reader.failed, isPlaced(block), block.address != 0,
      UInt64(bitPattern: block.sizeBytes) < BlockLimits.sizeBytes
    else { return nil }
    totals.liveBlocks += 1
    totals.liveBytes += Int(block.sizeBytes)
    accounts.change(block.account) {
      $0.liveBlocks += 1
      $0.liveBytes += Int(block.sizeBytes)
    }
    walk.restore(
      block, BirthTable.Birth(timeNanoseconds: birth, origin: BlockOrigin(packed: packed)))
    return block
  }

  private func isPlaced(_ block: LiveBlock) -> Bool {
    block.thread < threads.count && block.account < accounts.accounts.count
  }
}

extension LiveBlock {
  func encode(birth: UInt64, origin: UInt64, to writer: inout LEBWriter) {
    writer.append(thread)
    writer.append(sequence)
    writer.append(account)
    writer.append(address)
    writer.append(UInt64(bitPattern: sizeBytes))
    writer.append(born)
    writer.append(birth)
    writer.append(origin)
  }

  static func decode(
    _ reader: inout LEBReader
  ) -> (block: LiveBlock, birth: UInt64, origin: UInt64) {
    let thread = UInt32(truncatingIfNeeded: reader.unsigned())
    let sequence = UInt32(truncatingIfNeeded: reader.unsigned())
    let account = UInt32(truncatingIfNeeded: reader.unsigned())
    let address = reader.unsigned()
    let size = Int64(clamping: reader.unsigned())
    let born = UInt32(truncatingIfNeeded: reader.unsigned())
    let block = LiveBlock(
      address: address, sizeBytes: size, account: account, thread: thread, sequence: sequence,
      born: born)
    return (block, reader.unsigned(), reader.unsigned())
  }
}

extension ReleasedBlock.Origin {
  fileprivate var code: Int {
    switch self {
    case .known: 1
    case .unknown: 2
    case .early: 3
    }
  }

  fileprivate init?(code: UInt64) {
    switch code {
    case 1: self = .known
    case 2: self = .unknown
    case 3: self = .early
    default: return nil
    }
  }
}

extension LEBReader {
  /// A number that fits any sum of counts or sizes.
  mutating func number() -> Int { Int(min(unsigned(), 1 << 62)) }
}
