import TraceFormat

/// Finds the allocations of a batch that nothing in it releases, with their addresses.
final class SurvivorColumn {
  private let places = ScratchBuffer<Int32>()
  private var laneMajor: [EventBatch.Survivor] = []

  /// Fills `batch.survivors` in merged order.
  ///
  /// - Throws: `TraceError` of kind `damaged` if the column does not fit the releases.
  func decode(
    _ columns: EventColumns, restored: RestoredBlocks, into batch: EventBatch
  ) throws(TraceError) {
    let released = batch.released.pointer
    laneMajor.removeAll(keepingCapacity: true)
    var reader = columns.survivors
    for (index, lane) in batch.lanes.enumerated() {
      let first = laneMajor.count
      let expected = Int(columns.lane(index).survivors)
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
      laneMajor.reserveCapacity(first + unreleased)
      var previous: Int64 = 0
      for allocation in range where released[allocation] == 0 {
        var address: UInt64
        if !inColumn, let known = restored.address(ofAllocation: allocation) {
          address = known
        } else {
          previous &+= reader.signed()
          address = UInt64(bitPattern: previous)
        }
        guard address != 0 else { throw EventColumns.damaged("a block stands at address 0") }
        laneMajor.append(
          EventBatch.Survivor(
            position: Int(batch.allocationPositions.pointer[allocation]), allocation: allocation,
            lane: index, address: address))
      }
      guard !reader.failed else { throw EventColumns.damaged("the survivor column ends early") }
    }
    order(into: batch)
  }

  /// Sorts by position in linear time: no two survivors share one.
  private func order(into batch: EventBatch) {
    guard batch.lanes.count > 1 else {
      swap(&batch.survivors, &laneMajor)
      return
    }
    places.fill(batch.eventCount, with: -1)
    for (index, survivor) in laneMajor.enumerated() {
      places.pointer[survivor.position] = Int32(truncatingIfNeeded: index)
    }
    batch.survivors.reserveCapacity(laneMajor.count)
    for position in 0..<batch.eventCount where places.pointer[position] >= 0 {
      batch.survivors.append(laneMajor[Int(places.pointer[position])])
    }
  }
}
