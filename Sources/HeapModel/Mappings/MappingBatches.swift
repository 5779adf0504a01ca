import TraceFormat
import TraceInput

/// Makes batches of the blocks that calls on mappings come to, out of batches that have those calls
/// among their events. Replay and all that follows it run over them as over any other.
///
/// Calls on mappings are rare beside a heap's events, so clarity comes before speed here.
final class MappingBatches {
  /// A thread has a lane of its own in each space. In batches of both spaces this bit, which no
  /// recorder's thread numbers reach, tells them apart.
  static let threadBit: UInt32 = 1 << 31

  private var ledger: MappingLedger
  private let keepsHeap: Bool
  private let isPlanning: Bool
  private let addressShift: UInt64
  private let made = EventBatch()

  /// Reads a trace for what only its rest tells of the calls in it. `keepsHeap`: the heap's own events
  /// stay in the batches.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  init(_ file: TraceFile, keepsHeap: Bool, decoderThreads: Int) throws(TraceError) {
    let pages = UInt64(file.header.pageBytes)
    let planner = TraceReplayer(file, timelinePoints: 2, decoderThreads: decoderThreads)
    let plan = try planner.plan(MappingBatches(planning: file, MappingLedger(pageBytes: pages)))
    ledger = MappingLedger(plan, pageBytes: pages)
    self.keepsHeap = keepsHeap
    isPlanning = false
    addressShift = UInt64(file.header.addressShift)
  }

  private init(planning file: TraceFile, _ ledger: MappingLedger) {
    self.ledger = ledger
    keepsHeap = false
    isPlanning = true
    addressShift = 0
  }

  /// What the calls so far have told.
  var plan: MappingLedger.Plan { ledger.plan }
  /// What is mapped after them.
  var pieces: MappedPieces { ledger.pieces }

  /// The blocks of a batch; valid until the next call. `nil` if there are none. `sequence` gives that
  /// of a thread's first allocation in the batch.
  func blocks(of batch: EventBatch, sequence: (UInt32) -> UInt32) -> EventBatch? {
    guard batch.specials.contains(where: \.isMapping) else { return keepsHeap ? batch : nil }
    guard !isPlanning else {
      for case (let lane, .mapping(let call)) in batch.specials.map({ ($0.lane, $0.record) }) {
        ledger.take(call, by: batch.lanes[lane].thread) { _ in }
      }
      return nil
    }
    let builder = RawBatchBuilder()
    if keepsHeap {
      addAll(of: batch, to: builder)
    } else {
      for special in batch.specials { add(special, of: batch, to: builder) }
    }
    let known = keepsHeap ? batch.lanes.filter { !$0.isPassedOver } : []
    builder.build(into: made, startingAt: batch.firstTimeNanoseconds) { thread in
      known.first { $0.thread == thread }?.firstSequence ?? sequence(thread)
    }
    made.number = batch.number
    return made.eventCount > 0 ? made : nil
  }

  private func add(
    _ special: EventBatch.Special, of batch: EventBatch, to builder: RawBatchBuilder
  ) {
    guard case .mapping(let call) = special.record else { return }
    let own = batch.lanes[special.lane].thread
    let thread = keepsHeap ? own | Self.threadBit : own
    let time = batch.time(at: special.position)
    ledger.take(call, by: own) { change in
      switch change {
      case .begin(let start, let bytes, let stack, let isReplacing):
        builder.add(
          .allocate(
            address: address(start), stack: stack, size: bytes, isRealloc: isReplacing),
          by: thread, at: time)
      case .end(let start):
        builder.add(.release(address: address(start), age: 0), by: thread, at: time)
      }
    }
  }

  /// As replay knows an address: among those of the heap by a bit that is shifted out where
  /// addresses are shown.
  private func address(_ start: UInt64) -> UInt64 {
    let shifted = start >> addressShift
    return keepsHeap ? shifted | 1 << (64 - max(1, addressShift)) : shifted
  }

  // MARK: Both spaces

  /// All events of a batch, as a recorder's words would have them, with those of mappings in their
  /// places.
  private func addAll(of batch: EventBatch, to builder: RawBatchBuilder) {
    let addresses = addresses(of: batch)
    // Of the failed reallocs those whose release an earlier batch has; the others are undone here.
    let restores = Set(batch.restores.map(\.position))
    var position = 0
    for run in batch.runs {
      for place in position..<position + run.events {
        let reference = Int(batch.references.pointer[place])
        if batch.kinds.pointer[place] & HeapOperationKind.mask == HeapOperationKind.special,
          batch.specials[reference].isMapping
        {
          add(batch.specials[reference], of: batch, to: builder)
        } else if let event = event(at: place, of: batch, addresses) {
          if case .reallocFailed = event, !restores.contains(place) { continue }
          builder.add(
            event, by: batch.lanes[run.lane].thread, at: batch.time(at: place),
            kind: batch.kinds.pointer[place] & HeapOperationKind.mask)
        }
      }
      position += run.events
    }
  }

  /// By allocation index. Those of blocks that the batch also ends are not in a trace: any will do
  /// that no other block has.
  private func addresses(of batch: EventBatch) -> [UInt64] {
    let unused: UInt64 = 1 << (64 - max(1, addressShift) - 1)
    var addresses = (0..<batch.allocationCount).map { unused | UInt64($0 + 1) }
    for index in 0..<batch.survivors.count {
      addresses[Int(batch.survivors[index].allocation)] = batch.survivors[index].address
    }
    return addresses
  }

  private func event(
    at position: Int, of batch: EventBatch, _ addresses: [UInt64]
  ) -> RawEvent? {
    let reference = Int(batch.references.pointer[position])
    let kind = batch.kinds.pointer[position] & HeapOperationKind.mask
    switch kind {
    case HeapOperationKind.allocate, HeapOperationKind.reallocateMoved,
      HeapOperationKind.reallocateInPlace:
      let site = Int(batch.allocationSites.pointer[reference])
      return .allocate(
        address: addresses[reference], stack: batch.siteStacks.pointer[site],
        size: UInt64(batch.siteSizes.pointer[site]), isRealloc: kind != HeapOperationKind.allocate)
    case HeapOperationKind.release:
      let lane = batch.lanes[batch.laneIndex(ofAllocation: reference)]
      return .releaseOf(
        address: addresses[reference], thread: lane.thread,
        sequence: lane.sequence(ofAllocation: reference))
    case HeapOperationKind.releaseAddress:
      let address = batch.addressReleases[reference].address
      guard let name = batch.names[UInt32(reference)] else {
        return .release(address: address, age: 0)
      }
      return .releaseOf(address: address, thread: name.thread, sequence: name.sequence)
    case HeapOperationKind.special:
      guard case .restore(let address) = batch.specials[reference].record else { return nil }
      return .reallocFailed(address: address >> addressShift)
    default: return nil
    }
  }
}

extension EventBatch.Special {
  /// Whether it is a call on mappings.
  fileprivate var isMapping: Bool {
    if case .mapping = record { true } else { false }
  }
}
