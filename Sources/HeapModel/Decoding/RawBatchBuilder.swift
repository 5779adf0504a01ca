import CTraceFormat
import TraceFormat
import TraceInput

/// Turns raw words, which no writer resolved, into a batch, as the recorder's writer would have:
/// releases are paired with the allocations among the words, the rest carry their addresses.
///
/// The words' order is that of their runs. Used for raw chunks and for what stood in the live
/// region, some megabytes at most, so clarity comes before speed here.
final class RawBatchBuilder {
  private struct Entry {
    let lane: Int
    let event: RawEvent
    /// Of an allocation.
    var allocation = -1
    /// Of an allocation whose kind does not follow from addresses.
    var kind: UInt8?
    let timeNanoseconds: UInt64
  }

  private struct NamedBlock: Hashable {
    let thread: UInt32
    let address: UInt64
  }

  /// Stack nodes and records found among the words.
  private(set) var nodes: [StackNode] = []
  private(set) var records: [TraceRecord] = []
  /// What could not be read of the words.
  private(set) var problems: [String] = []

  private var entries: [Entry] = []
  private var lanes: [UInt32: Int] = [:]
  private var threads: [UInt32] = []
  private var addresses: [UInt64] = []
  /// The latest unreleased allocation at an address, by address.
  private var latest: [UInt64: Int] = [:]
  /// The unreleased allocations of a thread at an address, in their order.
  private var named: [NamedBlock: [Int]] = [:]
  private var next: [Int] = []

  private static let sequenceMask: UInt32 = 1 << UInt32(MT_RAW_SEQUENCE_BITS) - 1

  /// Fills a batch from runs of words. The trace's clock stands at `time` before the first word;
  /// `sequence` gives the sequence of a thread's first allocation among them. What threads did from
  /// the turn `end` on is left out, unless that is 0.
  func build(
    _ runs: [RawRun], startingAt time: UInt64, before end: UInt64 = 0, into batch: EventBatch,
    sequence: (UInt32) -> UInt32
  ) {
    parse(runs, startingAt: time, before: end)
    build(into: batch, startingAt: time, sequence: sequence)
  }

  /// Adds an event of a thread, in the order of the batch; addresses are shifted. `kind` is that of
  /// an allocation, unless it follows from its address and the last released one.
  func add(
    _ event: RawEvent, by thread: UInt32, at timeNanoseconds: UInt64, kind: UInt8? = nil
  ) {
    entries.append(
      Entry(lane: lane(of: thread), event: event, kind: kind, timeNanoseconds: timeNanoseconds))
  }

  /// Fills a batch with the events that were added.
  func build(
    into batch: EventBatch, startingAt time: UInt64, sequence: (UInt32) -> UInt32
  ) {
    layOut(batch, time: time, sequence: sequence)
    for position in entries.indices { resolve(position, in: batch) }
    collectSurvivors(batch)
    entries.removeAll()
  }

  private func parse(_ runs: [RawRun], startingAt time: UInt64, before end: UInt64) {
    var clock = time
    var ended: Set<UInt32> = []
    for run in runs {
      let thread = run.thread.rawValue
      let lane = lane(of: thread)
      do throws(TraceError) {
        try RawEvent.forEach(in: run.words) { event in
          switch event {
          // Runs of different threads overlap in time: the later clock holds for what follows.
          case .time(let nanoseconds): clock = max(clock, nanoseconds)
          case .node(let node): nodes.append(node)
          case .records(let records): self.records += records
          case .turn(let turn, _): if end != 0, turn >= end { ended.insert(thread) }
          case _ where ended.contains(thread): break
          // A mark is later than all that stands before it, whichever thread's.
          case .special(.mark):
            clock = max(clock, (entries.last?.timeNanoseconds ?? time) + (1 << MT_TIME_SHIFT))
            entries.append(Entry(lane: lane, event: event, timeNanoseconds: clock))
          default: entries.append(Entry(lane: lane, event: event, timeNanoseconds: clock))
          }
        }
      } catch {
        problems.append("thread \(run.thread.rawValue): \(error.cause)")
      }
    }
  }

  private func lane(of thread: UInt32) -> Int {
    if let lane = lanes[thread] { return lane }
    lanes[thread] = threads.count
    threads.append(thread)
    return threads.count - 1
  }

  /// Numbers allocations lane by lane and sites in the order of appearance.
  private func layOut(_ batch: EventBatch, time: UInt64, sequence: (UInt32) -> UInt32) {
    struct Site: Hashable {
      let stack: UInt32
      let size: UInt64
    }
    var counts = Array(repeating: 0, count: threads.count)
    var sites: [Site: UInt32] = [:]
    var allocated = 0
    for entry in entries {
      guard case .allocate(_, let stack, let size, _) = entry.event else { continue }
      counts[entry.lane] += 1
      allocated += 1
      let site = Site(stack: stack, size: size)
      if sites[site] == nil { sites[site] = UInt32(sites.count) }
    }
    batch.reset(events: entries.count, allocations: allocated, sites: sites.count)
    batch.number = 0
    batch.firstTimeNanoseconds = entries.first?.timeNanoseconds ?? time
    batch.lastTimeNanoseconds = entries.last?.timeNanoseconds ?? time
    for (site, number) in sites {
      batch.siteStacks.pointer[Int(number)] = site.stack
      batch.siteSizes.pointer[Int(number)] = Int64(site.size)
    }
    var first = 0
    for (lane, thread) in threads.enumerated() {
      batch.lanes.append(
        EventBatch.Lane(
          thread: thread, firstSequence: sequence(thread), firstAllocation: first,
          allocations: counts[lane]))
      next.append(first)
      first += counts[lane]
    }
    addresses = Array(repeating: 0, count: allocated)
    var numbered = next
    for position in entries.indices {
      let entry = entries[position]
      appendRun(entry.lane, to: batch)
      if batch.times.last?.nanoseconds != entry.timeNanoseconds {
        batch.times.append((position, entry.timeNanoseconds))
      }
      guard case .allocate(let address, let stack, let size, _) = entry.event else { continue }
      let allocation = numbered[entry.lane]
      numbered[entry.lane] += 1
      entries[position].allocation = allocation
      addresses[allocation] = address
      batch.allocationSites.pointer[allocation] = sites[Site(stack: stack, size: size)] ?? 0
      batch.allocationPositions.pointer[allocation] = UInt32(truncatingIfNeeded: position)
      named[NamedBlock(thread: threads[entry.lane], address: address), default: []]
        .append(allocation)
    }
  }

  private func appendRun(_ lane: Int, to batch: EventBatch) {
    if let last = batch.runs.last, last.lane == lane {
      batch.runs[batch.runs.count - 1].events += 1
    } else {
      batch.runs.append((lane, 1))
    }
  }

  private func resolve(_ position: Int, in batch: EventBatch) {
    let entry = entries[position]
    switch entry.event {
    case .allocate(let address, _, let size, let isRealloc):
      allocate(entry, address: address, size: size, isRealloc: isRealloc, position, in: batch)
    case .release(let address, let age):
      let first = batch.lanes[entry.lane].firstAllocation
      let own = next[entry.lane] - age
      if age > 0, own >= first, isLive(own, at: address, in: batch) {
        release(own, by: entry.lane, at: position, in: batch)
      } else if age == 0, let allocation = latest[address],
        batch.released.pointer[allocation] == 0
      {
        release(allocation, by: entry.lane, at: position, in: batch)
      } else {
        batch.markAddressRelease(address, by: entry.lane, at: position)
      }
    case .releaseOf(let address, let thread, let sequence):
      if let allocation = find(address, thread: thread, sequence: sequence, in: batch) {
        release(allocation, by: entry.lane, at: position, in: batch)
      } else {
        batch.markAddressRelease(address, by: entry.lane, at: position)
      }
    case .reallocFailed(let address):
      batch.markSpecial(.restore(address: address), by: entry.lane, at: position)
      let block = batch.markRestore(
        address, by: entry.lane, at: position, nextAllocation: { self.next[$0] })
      if let block { remember(block.allocation, lane: block.lane) }
    case .special(let record): batch.markSpecial(record, by: entry.lane, at: position)
    case .time, .node, .records, .turn: preconditionFailure("parse keeps these apart")
    }
  }

  private func allocate(
    _ entry: Entry, address: UInt64, size: UInt64, isRealloc: Bool, _ position: Int,
    in batch: EventBatch
  ) {
    let allocation = entry.allocation
    next[entry.lane] = allocation + 1
    var kind = HeapOperationKind.allocate
    if isRealloc {
      kind =
        entry.kind
        ?? (releasedAddress(of: entry.lane, in: batch) == address
          ? HeapOperationKind.reallocateInPlace : HeapOperationKind.reallocateMoved)
      batch.lanes[entry.lane].reallocations += 1
    }
    let isLive = batch.released.pointer[allocation] == 0
    if isLive { latest[address] = allocation } else { kind |= HeapOperationKind.neverLive }
    let site = Int(batch.allocationSites.pointer[allocation])
    batch.siteAllocations.pointer[site] += 1
    batch.lanes[entry.lane].allocatedBytes = min(
      BlockLimits.sumBytes, batch.lanes[entry.lane].allocatedBytes + Int(size))
    batch.kinds.pointer[position] = kind
    batch.references.pointer[position] = UInt32(truncatingIfNeeded: allocation)
    batch.deltas.pointer[position] = isLive ? Int64(size) : 0
  }

  private func isLive(_ allocation: Int, at address: UInt64, in batch: EventBatch) -> Bool {
    batch.released.pointer[allocation] == 0 && addresses[allocation] == address
  }

  /// The address that a lane's last release named.
  private func releasedAddress(of lane: Int, in batch: EventBatch) -> UInt64? {
    let position = batch.lanes[lane].lastRelease
    guard position >= 0 else { return nil }
    switch entries[position].event {
    case .release(let address, _), .releaseOf(let address, _, _): return address
    default: return nil
    }
  }

  private func release(_ allocation: Int, by lane: Int, at position: Int, in batch: EventBatch) {
    let owner = batch.laneIndex(ofAllocation: allocation)
    batch.markRelease(
      allocation, of: owner, by: lane, at: position, nextAllocation: next[owner])
    let address = addresses[allocation]
    if latest[address] == allocation { latest[address] = nil }
    named[NamedBlock(thread: threads[owner], address: address)]?.removeAll { $0 == allocation }
  }

  private func remember(_ allocation: Int, lane: Int) {
    let address = addresses[allocation]
    latest[address] = allocation
    named[NamedBlock(thread: threads[lane], address: address), default: []].append(allocation)
  }

  /// The allocation that a release names: the latest before it, else the first after it.
  private func find(
    _ address: UInt64, thread: UInt32, sequence: UInt32, in batch: EventBatch
  ) -> Int? {
    guard let lane = lanes[thread],
      let candidates = named[NamedBlock(thread: thread, address: address)]
    else { return nil }
    let fitting = candidates.suffix(64).filter {
      (batch.lanes[lane].sequence(ofAllocation: $0) ^ sequence) & Self.sequenceMask == 0
    }
    return fitting.last { $0 < next[lane] } ?? fitting.first
  }

  private func collectSurvivors(_ batch: EventBatch) {
    for entry in entries {
      guard entry.allocation >= 0, batch.released.pointer[entry.allocation] == 0 else { continue }
      batch.survivors.append(
        EventBatch.Survivor(
          address: addresses[entry.allocation],
          allocation: UInt32(truncatingIfNeeded: entry.allocation),
          lane: UInt32(truncatingIfNeeded: entry.lane)))
    }
  }
}
