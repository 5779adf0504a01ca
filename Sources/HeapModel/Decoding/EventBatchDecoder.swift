import CTraceFormat
import TraceFormat

/// Decodes events payloads into batches. A hot file: see `ScratchBuffer` for why it uses pointers.
///
/// All that comes from the file is checked before it becomes an index: counts against columns,
/// lanes and allocations against their ranges. One decoder belongs to one thread at a time. Over
/// 400 lines, because the loop over a batch's events is inlined with all that it calls.
final class EventBatchDecoder {
  /// Where a lane's next event takes its parts from.
  private struct Cursor {
    var op: Int
    let opEnd: Int
    let firstAllocation: Int
    var allocation: Int
    let allocationEnd: Int
    /// The own allocation that the lane last released by age or distance.
    var lastReleased: Int
    var far: Int
    let farEnd: Int
    var address: Int
    let addressEnd: Int
    var cross: Int
    let crossEnd: Int
    var early: Int
    let earlyEnd: Int
    /// See `EventBatch.Lane.isPassedOver`.
    let isPassedOver: Bool
  }

  private let distances = ScratchBuffer<Int>()
  private let addresses = ScratchBuffer<UInt64>()
  private let crossings = ScratchBuffer<(lane: UInt32, index: UInt32)>()
  private let earlies = ScratchBuffer<(thread: UInt32, sequence: UInt32, address: UInt64)>()
  private var cursors: [Cursor] = []
  private var restored = RestoredBlocks()
  private let survivorColumn = SurvivorColumn()
  private let addressShift: UInt64
  /// Whether the batch at hand could allocate more than can be counted.
  private var mayExceedSums = false
  private let major: Int
  /// The largest age that has an operation of its own.
  private let ageLimit: UInt8

  init(_ file: TraceHeader) {
    addressShift = UInt64(file.addressShift)
    major = file.versionMajor
    ageLimit = UInt8(major == 1 ? MT_V1_AGE_LIMIT : MT_OP_AGE_LIMIT.rawValue)
  }

  /// Fills the batch from a payload.
  ///
  /// - Throws: `TraceError` of kind `damaged`; the batch must not be used then.
  func decode(_ payload: UnsafeRawBufferPointer, into batch: EventBatch) throws(TraceError) {
    let columns = try EventColumns(payload: payload, major: major)
    batch.reset(
      events: Int(columns.header.events), allocations: columns.allocations,
      sites: Int(columns.header.sites))
    batch.number = columns.header.batch
    batch.firstTimeNanoseconds = columns.header.first_time_ns
    batch.lastTimeNanoseconds = columns.header.last_time_ns
    restored.removeAll()
    try decodeSites(columns, into: batch)
    try decodeLanes(columns, into: batch)
    try decodeTimes(columns, into: batch)
    try merge(columns, into: batch)
    if mayExceedSums { try checkSums(batch) }
    try survivorColumn.decode(columns, restored: restored, into: batch)
  }

  /// Whether what the batch allocates can be counted at all.
  private func checkSums(_ batch: EventBatch) throws(TraceError) {
    var sum: UInt64 = 0
    for site in 0..<batch.siteCount {
      let size = UInt64(batch.siteSizes.pointer[site])
      let bytes = size.multipliedReportingOverflow(by: UInt64(batch.siteAllocations.pointer[site]))
      guard !bytes.overflow, bytes.partialValue < BlockLimits.sumBytes,
        sum + bytes.partialValue < BlockLimits.sumBytes
      else { throw EventColumns.damaged("the blocks of a batch are larger than any process") }
      sum += bytes.partialValue
    }
  }

  private func decodeSites(
    _ columns: EventColumns, into batch: EventBatch
  ) throws(TraceError) {
    var stacks = columns.siteStacks
    var sizes = columns.siteSizes
    var stack: Int64 = 0
    var largestSize: UInt64 = 0
    for site in 0..<batch.siteCount {
      stack &+= stacks.signed()
      let size = sizes.unsigned()
      guard let node = UInt32(exactly: stack), size < BlockLimits.sizeBytes else {
        throw EventColumns.damaged("a site's stack or size is out of range")
      }
      batch.siteStacks.pointer[site] = node
      batch.siteSizes.pointer[site] = Int64(size)
      largestSize = max(largestSize, size)
    }
    guard !stacks.failed, !sizes.failed else {
      throw EventColumns.damaged("the site columns end early")
    }
    let count = columns.allocations
    let most = largestSize.multipliedReportingOverflow(by: UInt64(count))
    mayExceedSums = most.overflow || most.partialValue >= BlockLimits.sumBytes
    let sites = batch.allocationSites.pointer
    let plane = columns.sites
    var largest: UInt32 = 0
    for index in 0..<count {
      var site = UInt32(plane[index])
      if columns.siteBytes > 1 { site |= UInt32(plane[index + count]) << 8 }
      if columns.siteBytes > 2 { site |= UInt32(plane[index + 2 * count]) << 16 }
      sites[index] = site
      largest = max(largest, site)
    }
    guard count == 0 || Int(largest) < batch.siteCount else {
      throw EventColumns.damaged("an allocation's site is out of range")
    }
  }

  /// Reads the lane table and the columns that only some events have, all lanes at once.
  private func decodeLanes(
    _ columns: EventColumns, into batch: EventBatch
  ) throws(TraceError) {
    cursors.removeAll(keepingCapacity: true)
    var op = 0
    var allocation = 0
    var far = 0
    var address = 0
    var cross = 0
    var early = 0
    for index in 0..<Int(columns.header.lanes) {
      let lane = columns.lane(index)
      let isPassedOver = lane.space != MT_SPACE_HEAP
      batch.lanes.append(
        EventBatch.Lane(
          thread: lane.thread, firstSequence: lane.first_sequence, isPassedOver: isPassedOver,
          firstAllocation: allocation, allocations: isPassedOver ? 0 : Int(lane.allocations)))
      var crosses = 0
      if lane.crossings > 0 {
        for place in op..<op + Int(lane.events)
        where columns.ops[place] == UInt8(MT_OP_RELEASE_CROSS.rawValue) { crosses += 1 }
      }
      guard crosses <= Int(lane.crossings) else {
        throw EventColumns.damaged("a lane has more crossings than it announces")
      }
      let cursor = Cursor(
        op: op, opEnd: op + Int(lane.events), firstAllocation: allocation,
        allocation: allocation, allocationEnd: allocation + Int(lane.allocations),
        lastReleased: allocation, far: far,
        farEnd: far + Int(lane.far_releases), address: address,
        addressEnd: address + Int(lane.address_releases), cross: cross,
        crossEnd: cross + crosses, early: early,
        earlyEnd: early + Int(lane.crossings) - crosses, isPassedOver: isPassedOver)
      cursors.append(cursor)
      (op, allocation, far) = (cursor.opEnd, cursor.allocationEnd, cursor.farEnd)
      (address, cross, early) = (cursor.addressEnd, cursor.crossEnd, cursor.earlyEnd)
    }
    // Every number takes at least a byte of its column: the columns bound the memory.
    let header = columns.header
    guard far <= header.fars_bytes, address <= header.releases_bytes,
      cross <= header.crossings_bytes, early <= header.earlies_bytes
    else { throw EventColumns.damaged("a lane announces more than its columns hold") }
    batch.addressReleases.removeAll(reserving: address)
    try decodeRareColumns(columns, far: far, addresses: address, crosses: cross, earlies: early)
  }

  private func decodeRareColumns(
    _ columns: EventColumns, far: Int, addresses addressCount: Int, crosses: Int,
    earlies earlyCount: Int
  ) throws(TraceError) {
    var reader = columns.fars
    distances.reserve(far)
    for index in 0..<far { distances.pointer[index] = Int(reader.signed()) }
    var releases = columns.releases
    addresses.reserve(addressCount)
    for cursor in cursors {
      var address: Int64 = 0
      for index in cursor.address..<cursor.addressEnd {
        address &+= releases.signed()
        addresses.pointer[index] = UInt64(bitPattern: address)
      }
    }
    var crossReader = columns.crossings
    crossings.reserve(crosses)
    for index in 0..<crosses {
      let lane = UInt32(clamping: crossReader.unsigned())
      crossings.pointer[index] = (lane, UInt32(clamping: crossReader.unsigned()))
    }
    var earlyReader = columns.earlies
    earlies.reserve(earlyCount)
    for index in 0..<earlyCount {
      let thread = UInt32(truncatingIfNeeded: earlyReader.unsigned())
      let sequence = UInt32(truncatingIfNeeded: earlyReader.unsigned())
      earlies.pointer[index] = (thread, sequence, earlyReader.unsigned())
    }
    guard !reader.failed, !releases.failed, !crossReader.failed, !earlyReader.failed else {
      throw EventColumns.damaged("a column of releases ends early")
    }
  }

  private func decodeTimes(
    _ columns: EventColumns, into batch: EventBatch
  ) throws(TraceError) {
    var reader = columns.times
    var position = 0
    var time = columns.header.first_time_ns
    batch.times.append((0, time))
    while !reader.isAtEnd {
      let events = reader.unsigned()
      let units = reader.unsigned()
      guard !reader.failed, events <= UInt64(batch.eventCount - position),
        units < 1 << (63 - UInt64(MT_TIME_SHIFT))
      else { throw EventColumns.damaged("the times leave the batch") }
      position += Int(events)
      let (next, overflow) = time.addingReportingOverflow(units << UInt64(MT_TIME_SHIFT))
      guard !overflow else { throw EventColumns.damaged("the times leave the clock's range") }
      time = next
      if position == batch.times[batch.times.count - 1].position { batch.times.removeLast() }
      if position < batch.eventCount || batch.times.isEmpty { batch.times.append((position, time)) }
    }
  }

  private func merge(_ columns: EventColumns, into batch: EventBatch) throws(TraceError) {
    var records = RecordColumns(columns)
    var position = 0
    if batch.lanes.count <= 1 && columns.header.order_bytes == 0 {
      if !batch.lanes.isEmpty {
        batch.runs.append((0, batch.eventCount))
        try mergeRun(
          lane: 0, count: batch.eventCount, position: 0, columns, &records, into: batch)
      }
      return try finish(batch, merged: batch.eventCount)
    }
    var order = columns.order
    while !order.isAtEnd {
      let lane = order.unsigned()
      let count = order.unsigned()
      guard !order.failed, lane < UInt64(cursors.count),
        count <= UInt64(cursors[Int(lane)].opEnd - cursors[Int(lane)].op)
      else { throw EventColumns.damaged("the order of lanes leaves the batch") }
      batch.runs.append((Int(lane), Int(count)))
      try mergeRun(
        lane: Int(lane), count: Int(count), position: position, columns, &records, into: batch)
      position += Int(count)
    }
    try finish(batch, merged: position)
  }

  private func finish(_ batch: EventBatch, merged: Int) throws(TraceError) {
    guard merged == batch.eventCount,
      cursors.allSatisfy({
        $0.allocation == $0.allocationEnd && $0.far == $0.farEnd && $0.address == $0.addressEnd
          && $0.cross == $0.crossEnd && $0.early == $0.earlyEnd
      })
    else { throw EventColumns.damaged("a lane's events and columns disagree") }
  }

  /// Merges the next `count` events of a lane. The loop that decides the decoder's speed.
  private func mergeRun(
    lane: Int, count: Int, position start: Int, _ columns: EventColumns,
    _ records: inout RecordColumns, into batch: EventBatch
  ) throws(TraceError) {
    var cursor = cursors[lane]
    guard !cursor.isPassedOver else {
      return try passOver(
        lane: lane, count: count, position: start, columns, &records, into: batch)
    }
    var bytes = 0
    var reallocations = 0
    var frees = 0
    var temporaries = 0
    var lastRelease = batch.lanes[lane].lastRelease
    let ops = columns.ops
    let kinds = batch.kinds.pointer
    let references = batch.references.pointer
    let deltas = batch.deltas.pointer
    let sites = batch.allocationSites.pointer
    let positions = batch.allocationPositions.pointer
    let sizes = batch.siteSizes.pointer
    let siteAllocations = batch.siteAllocations.pointer
    let siteReleases = batch.siteReleases.pointer
    let siteTemporaries = batch.siteTemporaries.pointer
    let released = batch.released.pointer
    let firstAge = UInt8(MT_OP_AGE_FIRST.rawValue)
    let ageLimit = ageLimit

    for position in start..<start + count {
      let op = ops[cursor.op]
      cursor.op += 1
      if op &- firstAge < ageLimit || op == UInt8(MT_OP_RELEASE_FAR.rawValue) {
        var allocation = cursor.allocation - (Int(op) - Int(firstAge) + 1)
        if op < firstAge {
          guard cursor.far < cursor.farEnd else { throw Self.disagreement }
          allocation = cursor.lastReleased &+ distances.pointer[cursor.far]
          cursor.far += 1
        }
        guard allocation >= cursor.firstAllocation, allocation < cursor.allocation,
          released[allocation] == 0
        else { throw EventColumns.damaged("a release names no live block of its lane") }
        cursor.lastReleased = allocation
        released[allocation] = 1
        let site = Int(sites[allocation])
        let isTemporary = allocation == cursor.allocation - 1
        siteReleases[site] &+= 1
        siteTemporaries[site] &+= isTemporary ? 1 : 0
        temporaries += isTemporary ? 1 : 0
        kinds[position] =
          isTemporary
          ? HeapOperationKind.release | HeapOperationKind.temporary : HeapOperationKind.release
        references[position] = UInt32(truncatingIfNeeded: allocation)
        deltas[position] = -sizes[site]
        frees += 1
        lastRelease = position
      } else if op <= UInt8(MT_OP_REALLOCATE_IN_PLACE.rawValue) {
        let allocation = cursor.allocation
        guard allocation < cursor.allocationEnd else { throw Self.disagreement }
        cursor.allocation += 1
        let site = Int(sites[allocation])
        siteAllocations[site] &+= 1
        positions[allocation] = UInt32(truncatingIfNeeded: position)
        references[position] = UInt32(truncatingIfNeeded: allocation)
        bytes &+= Int(sizes[site])
        reallocations += op == UInt8(MT_OP_ALLOCATE.rawValue) ? 0 : 1
        let isLive = released[allocation] == 0
        kinds[position] = isLive ? op : op | HeapOperationKind.neverLive
        deltas[position] = isLive ? sizes[site] : 0
      } else if op == UInt8(MT_OP_RELEASE_ADDRESS.rawValue), restored.isEmpty {
        guard cursor.address < cursor.addressEnd else { throw Self.disagreement }
        kinds[position] = HeapOperationKind.releaseAddress
        references[position] = UInt32(truncatingIfNeeded: batch.addressReleases.count)
        deltas[position] = 0
        batch.addressReleases.append(
          EventBatch.AddressRelease(
            address: addresses.pointer[cursor.address],
            position: UInt32(truncatingIfNeeded: position), lane: UInt32(truncatingIfNeeded: lane)))
        cursor.address += 1
        frees += 1
        lastRelease = position
      } else {
        // The rare rest works on the batch's own state.
        cursors[lane] = cursor
        batch.lanes[lane].lastRelease = lastRelease
        try mergeRare(op, lane: lane, position: position, &records, into: batch)
        cursor = cursors[lane]
        lastRelease = batch.lanes[lane].lastRelease
      }
    }
    cursors[lane] = cursor
    batch.lanes[lane].allocatedBytes &+= bytes
    batch.lanes[lane].reallocations += reallocations
    batch.lanes[lane].frees += frees
    batch.lanes[lane].temporaries += temporaries
    batch.lanes[lane].lastRelease = lastRelease
  }

  @inline(never)
  private func mergeRare(
    _ op: UInt8, lane: Int, position: Int, _ records: inout RecordColumns,
    into batch: EventBatch
  ) throws(TraceError) {
    batch.deltas.pointer[position] = 0
    switch mt_op(rawValue: UInt32(op)) {
    case MT_OP_RELEASE_CROSS:
      guard cursors[lane].cross < cursors[lane].crossEnd else { throw Self.disagreement }
      let (other, index) = crossings.pointer[cursors[lane].cross]
      cursors[lane].cross += 1
      guard other < UInt32(cursors.count),
        index < UInt32(clamping: batch.lanes[Int(other)].allocations)
      else { throw EventColumns.damaged("a release names no allocation of the batch") }
      let allocation = batch.lanes[Int(other)].firstAllocation + Int(index)
      try end(allocation, of: Int(other), by: lane, at: position, in: batch)
    case MT_OP_RELEASE_ADDRESS:
      guard cursors[lane].address < cursors[lane].addressEnd else { throw Self.disagreement }
      let address = addresses.pointer[cursors[lane].address]
      cursors[lane].address += 1
      // Released by name since, the address may stand for an older block again.
      if let (allocation, owner) = restored.take(address: address),
        batch.released.pointer[allocation] == 0
      {
        try end(allocation, of: owner, by: lane, at: position, in: batch)
        return
      }
      batch.markAddressRelease(address, by: lane, at: position)
    case MT_OP_RELEASE_EARLY:
      guard cursors[lane].early < cursors[lane].earlyEnd else { throw Self.disagreement }
      let (thread, sequence, address) = earlies.pointer[cursors[lane].early]
      cursors[lane].early += 1
      batch.names[UInt32(batch.addressReleases.count)] = EventBatch.AllocationName(
        thread: thread, sequence: sequence)
      batch.markAddressRelease(address, by: lane, at: position)
    case MT_OP_SPECIAL:
      let record = try records.special()
      batch.markSpecial(record, by: lane, at: position)
      if case .restore(let address) = record {
        let block = batch.markRestore(
          address >> addressShift, by: lane, at: position,
          nextAllocation: { cursors[$0].allocation })
        if let block {
          restored.insert(
            address: address >> addressShift, allocation: block.allocation, lane: block.lane)
        }
      }
    case MT_OP_MAPPING:
      if let call = try records.mapping() {
        batch.markSpecial(.mapping(call), by: lane, at: position)
      } else {
        fallthrough
      }
    default:
      batch.kinds.pointer[position] = HeapOperationKind.passedOver
      batch.references.pointer[position] = 0
    }
  }

  /// The next `count` events of a lane of which nothing counts: they take their parts from the
  /// columns, so that the other lanes find theirs.
  @inline(never)
  private func passOver(
    lane: Int, count: Int, position start: Int, _ columns: EventColumns,
    _ records: inout RecordColumns, into batch: EventBatch
  ) throws(TraceError) {
    var cursor = cursors[lane]
    for position in start..<start + count {
      let op = columns.ops[cursor.op]
      cursor.op += 1
      switch mt_op(rawValue: UInt32(op)) {
      case MT_OP_ALLOCATE, MT_OP_REALLOCATE_MOVED, MT_OP_REALLOCATE_IN_PLACE:
        guard cursor.allocation < cursor.allocationEnd else { throw Self.disagreement }
        batch.allocationPositions.pointer[cursor.allocation] = UInt32(truncatingIfNeeded: position)
        cursor.allocation += 1
      case MT_OP_RELEASE_ADDRESS: cursor.address += 1
      case MT_OP_RELEASE_CROSS: cursor.cross += 1
      case MT_OP_RELEASE_EARLY: cursor.early += 1
      case MT_OP_RELEASE_FAR: cursor.far += 1
      case MT_OP_SPECIAL:
        _ = try records.special()
      case MT_OP_MAPPING: _ = try records.mapping()
      default: break
      }
      batch.kinds.pointer[position] = HeapOperationKind.passedOver
      batch.references.pointer[position] = 0
      batch.deltas.pointer[position] = 0
    }
    cursors[lane] = cursor
  }

  private func end(
    _ allocation: Int, of owner: Int, by lane: Int, at position: Int, in batch: EventBatch
  ) throws(TraceError) {
    guard batch.released.pointer[allocation] == 0 else {
      throw EventColumns.damaged("a block of another lane is released twice")
    }
    batch.markRelease(
      allocation, of: owner, by: lane, at: position,
      nextAllocation: cursors[owner].allocation)
  }

  private static var disagreement: TraceError {
    EventColumns.damaged("a lane's events and columns disagree")
  }
}
