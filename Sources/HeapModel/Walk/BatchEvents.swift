import TraceFormat

/// Lists the events of replayed batches one by one, each with its block.
///
/// Blocks that outlive their batch are remembered by their number until they are released, so
/// memory grows with the live blocks. Those that were allocated before the listing's start have no
/// number, whether or not their allocations were seen.
package struct BatchEvents {
  private var allocations: UInt64
  /// Of the first block that was allocated after the start.
  private var firstNumber: UInt64?
  private let startNanoseconds: UInt64
  /// What tells a block that outlived its batch apart. A thread's sequence comes round after 2^32
  /// blocks: only with its address is it one block's alone.
  private struct Name: Hashable {
    let thread: UInt32
    let sequence: UInt32
    let address: UInt64
  }

  /// Numbers of the blocks that outlived their batch.
  private var numbers: [Name: UInt64] = [:]
  /// Numbers of the batch's allocations, by allocation index.
  private var batchNumbers: [UInt64] = []
  private var addresses: [Int: UInt64] = [:]
  private let addressShift: UInt64

  /// Lists what follows so many allocations, from a moment on.
  init(_ file: TraceHeader, after allocations: Int, from startNanoseconds: UInt64) {
    addressShift = UInt64(file.addressShift)
    self.allocations = UInt64(allocations)
    self.startNanoseconds = startNanoseconds
  }

  /// Calls `body` with each event in merged order, until it returns `false`.
  ///
  /// - Returns: whether the batch was listed to its end.
  mutating func forEach(
    in batch: EventBatch, _ replay: HeapReplay, _ body: (BatchEvent) -> Bool
  ) -> Bool {
    if let last = batch.times.last, last.nanoseconds < startNanoseconds {
      allocations += UInt64(batch.lanes.reduce(0) { $0 + $1.allocations })
      return true
    }
    number(batch, replay)
    var position = 0
    var time = 0
    for run in batch.runs {
      for place in position..<position + run.events {
        while time + 1 < batch.times.count, batch.times[time + 1].position <= place { time += 1 }
        guard
          let event = event(
            at: place, lane: run.lane, time: batch.times[time].nanoseconds, batch, replay)
        else { continue }
        guard body(event) else { return false }
      }
      position += run.events
    }
    return true
  }

  private mutating func number(_ batch: EventBatch, _ replay: HeapReplay) {
    batchNumbers = Array(repeating: 0, count: batch.allocationCount)
    for position in 0..<batch.eventCount
    where HeapOperationKind.isAllocation(batch.kinds.pointer[position]) {
      allocations += 1
      if firstNumber == nil {
        guard batch.time(at: position) >= startNanoseconds else { continue }
        firstNumber = allocations
      }
      batchNumbers[Int(batch.references.pointer[position])] = allocations
    }
    addresses.removeAll(keepingCapacity: true)
    for index in 0..<batch.survivors.count {
      let survivor = batch.survivors[index]
      let allocation = Int(survivor.allocation)
      addresses[allocation] = survivor.address
      let lane = Int(survivor.lane)
      let name = Name(
        thread: replay.laneThreads[lane],
        sequence: batch.lanes[lane].sequence(ofAllocation: allocation), address: survivor.address)
      numbers[name] = batchNumbers[allocation]
    }
  }

  private mutating func event(
    at position: Int, lane: Int, time: UInt64, _ batch: EventBatch, _ replay: HeapReplay
  ) -> BatchEvent? {
    let reference = Int(batch.references.pointer[position])
    let thread = ThreadID(rawValue: batch.lanes[lane].thread & replay.threadMask)
    func make(
      _ kind: BatchEvent.Kind, address: UInt64?, size: Int?, node: UInt32?, block: UInt64
    ) -> BatchEvent {
      BatchEvent(
        kind: kind, timeNanoseconds: time, thread: thread,
        address: address.map { $0 << addressShift }, sizeBytes: size, node: node, block: block)
    }
    func own(_ kind: BatchEvent.Kind) -> BatchEvent {
      let site = Int(batch.allocationSites.pointer[reference])
      return make(
        kind, address: addresses[reference], size: Int(batch.siteSizes.pointer[site]),
        node: batch.siteStacks.pointer[site], block: batchNumbers[reference])
    }
    switch batch.kinds.pointer[position] & HeapOperationKind.mask {
    case HeapOperationKind.allocate: return own(.allocate)
    case HeapOperationKind.reallocateMoved: return own(.reallocateMoved)
    case HeapOperationKind.reallocateInPlace: return own(.reallocateInPlace)
    case HeapOperationKind.release: return own(.release)
    case HeapOperationKind.releaseAddress:
      let address = batch.addressReleases[reference].address
      let block = replay.resolved.pointer[reference]
      guard block.address != 0 else {
        return make(.release, address: address, size: nil, node: nil, block: 0)
      }
      let name = Name(thread: block.thread, sequence: block.sequence, address: block.address)
      let number = numbers.removeValue(forKey: name) ?? 0
      return make(
        .release, address: address, size: Int(block.sizeBytes),
        node: replay.accounts.accounts[Int(block.account)].node, block: number)
    case HeapOperationKind.undone:
      return make(.release, address: nil, size: nil, node: nil, block: 0)
    case HeapOperationKind.special, HeapOperationKind.restored:
      guard case .restore(let address) = batch.specials[reference].record else { return nil }
      return make(.restore, address: address >> addressShift, size: nil, node: nil, block: 0)
    default: return nil
    }
  }
}
