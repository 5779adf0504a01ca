import TraceFormat

/// Finds the allocations of a batch that nothing in it releases, with their addresses.
final class SurvivorColumn {
  private let places = ScratchBuffer<Int32>()
  private let laneMajor = ScratchList<EventBatch.Survivor>()

  /// Fills `batch.survivors` in merged order.
  ///
  /// - Throws: `TraceError` of kind `damaged` if the column does not fit the releases.
  func decode(
    _ columns: EventColumns, restored: RestoredBlocks, into batch: EventBatch
  ) throws(TraceError) {
    let released = batch.released.pointer
    let announced = batch.lanes.indices.reduce(0) { $0 + Int(columns.lane($1).survivors) }
    let most = min(announced, batch.allocationCount)
    batch.survivors.removeAll(reserving: most)
    // With one lane the order of the column is the merged order.
    let isMerged = batch.lanes.count <= 1
    laneMajor.removeAll(reserving: isMerged ? 0 : most)
    let target = isMerged ? batch.survivors : laneMajor
    var reader = columns.survivors
    for (index, lane) in batch.lanes.enumerated() {
      let expected = Int(columns.lane(index).survivors)
      if lane.isPassedOver {
        for _ in 0..<min(expected, Int(columns.header.survivors_bytes)) { _ = reader.signed() }
        continue
      }
      let range = lane.firstAllocation..<lane.firstAllocation + lane.allocations
      // A restored block carries its address in its record; whether also here, the count tells.
      var restoredHere = 0
      var unreleased = 0
      for allocation in range where released[allocation] == 0 {
        unreleased += 1
        if !restored.isEmpty, restored.address(ofAllocation: allocation) != nil {
          restoredHere += 1
        }
      }
      guard expected == unreleased || expected == unreleased - restoredHere else {
        throw EventColumns.damaged("a lane has other survivors than it announces")
      }
      let inColumn = expected == unreleased
      var previous: Int64 = 0
      for allocation in range where released[allocation] == 0 {
        var address: UInt64
        if !inColumn, let known = restored.address(ofAllocation: allocation) {
          address = known
        } else {
          previous &+= reader.signed()
          address = UInt64(bitPattern: previous)
        }
        guard address != 0 else { throw EventColumns.damaged("a block has address 0") }
        target.append(
          EventBatch.Survivor(
            address: address, allocation: UInt32(truncatingIfNeeded: allocation),
            lane: UInt32(truncatingIfNeeded: index)))
      }
      guard !reader.failed else { throw EventColumns.damaged("the survivor column ends early") }
    }
    if !isMerged { order(into: batch) }
  }

  /// Sorts by position in linear time: no two survivors share one.
  private func order(into batch: EventBatch) {
    places.fill(batch.eventCount, with: -1)
    for index in 0..<laneMajor.count {
      places.pointer[Int(batch.position(of: laneMajor[index]))] = Int32(truncatingIfNeeded: index)
    }
    for position in 0..<batch.eventCount where places.pointer[position] >= 0 {
      batch.survivors.append(laneMajor[Int(places.pointer[position])])
    }
  }
}
