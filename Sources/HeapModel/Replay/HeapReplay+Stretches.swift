extension HeapReplay {
  /// Runs the sum of live bytes over the batch: timeline, and the peak if it lies here.
  ///
  /// The loop over all events of a trace that cannot run in parallel; it does little else than add.
  func runStretches(_ batch: EventBatch) {
    let deltas = batch.deltas.pointer
    let kinds = batch.kinds.pointer
    let blockChange = OperationTables.blockChange
    let isAllocation = OperationTables.isAllocation
    let rare = Int(HeapOperationKind.neverLive | HeapOperationKind.displacing)
    var bytes = totals.liveBytes
    var blocks = totals.liveBlocks
    var peakBytes = totals.peakBytes
    var peakPosition = -1

    for index in batch.times.indices {
      let start = batch.times[index].position
      let end =
        index + 1 < batch.times.count ? batch.times[index + 1].position : batch.eventCount
      guard start < end else { continue }
      var minimum = bytes
      var maximum = bytes
      var allocations = 0
      var allocatedBytes = 0
      for position in start..<end {
        let delta = Int(deltas[position])
        let kind = Int(kinds[position])
        bytes &+= delta
        blocks += Int(blockChange[kind])
        let allocated = Int(isAllocation[kind])
        allocations += allocated
        allocatedBytes &+= delta & -allocated
        if kind & rare != 0 {
          if allocated != 0 {
            allocatedBytes &+=
              batch.size(ofAllocation: Int(batch.references.pointer[position])) &- delta
          }
          if let ended = displaced[position]?.block {
            blocks -= 1
            minimum = min(minimum, bytes &- delta &- Int(ended.sizeBytes))
          }
        }
        minimum = min(minimum, bytes)
        if bytes > maximum {
          maximum = bytes
          if bytes > peakBytes {
            peakBytes = bytes
            peakPosition = position
          }
        }
      }
      timeline.add(
        at: batch.times[index].nanoseconds,
        HeapInterval(
          liveBytes: bytes, liveBlocks: blocks, minimumBytes: minimum, maximumBytes: maximum,
          allocations: allocations, allocatedBytes: allocatedBytes))
    }
    if peakPosition >= 0 {
      totals.peakBytes = peakBytes
      totals.peakTimeNanoseconds = batch.time(at: peakPosition)
      totals.peakBlocks = keepPeak(batch, upTo: peakPosition)
    }
    totals.liveBytes = bytes
    totals.liveBlocks = blocks
  }

  /// Adds to the accounts' peaks what the batch changed up to a position; returns the live blocks
  /// there. The accounts themselves still stand as before the batch.
  private func keepPeak(_ batch: EventBatch, upTo last: Int) -> Int {
    accounts.beginPeak()
    let partial = partialBlocks.fill(batch.siteCount, with: 0)
    let kinds = batch.kinds.pointer
    let references = batch.references.pointer
    let sites = batch.allocationSites.pointer
    let blockChange = OperationTables.blockChange
    var blocks = totals.liveBlocks
    for position in 0...last {
      let kind = kinds[position]
      let change = blockChange[Int(kind)]
      blocks += Int(change)
      // Releases of older blocks have no site here; they follow.
      if change != 0, kind & HeapOperationKind.mask <= HeapOperationKind.release {
        partial[Int(sites[Int(references[position])])] += Int32(change)
      }
    }
    if !displaced.isEmpty { blocks -= displaced.keys.count { $0 <= last } }
    for site in 0..<batch.siteCount where partial[site] != 0 {
      let size = Int(batch.siteSizes.pointer[site])
      let change = Int(partial[site])
      accounts.change(siteAccounts.pointer[site]) {
        $0.peakBlocks += change
        $0.peakBytes &+= change &* size
      }
    }
    for index in 0..<batch.addressReleases.count where resolved.pointer[index].address != 0 {
      guard batch.addressReleases[index].position <= last else { break }
      let block = resolved.pointer[index]
      accounts.change(block.account) {
        $0.peakBlocks -= 1
        $0.peakBytes &-= Int(block.sizeBytes)
      }
    }
    for adjustment in adjustments where adjustment.position <= last {
      accounts.change(adjustment.account) {
        $0.peakBlocks += adjustment.blocks
        $0.peakBytes &+= adjustment.bytes
      }
    }
    return blocks
  }
}
