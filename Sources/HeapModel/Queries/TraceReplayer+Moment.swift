import TraceFormat

/// The live blocks of one moment by their addresses, and what is mapped beside them.
package struct PlacedBlocks: Sendable {
  package struct Block: Sendable {
    package let address: UInt64
    package let sizeBytes: UInt64
    /// The stack's node.
    package let node: UInt32
  }

  /// In no order.
  package internal(set) var blocks: [Block] = []
  /// Live then, at an address that is not in the trace: blocks that were freed soon after.
  package internal(set) var unplacedBlocks = 0
  package internal(set) var unplacedBytes = 0
  /// Reservations among them.
  package internal(set) var mapped: [MappedPiece] = []
}

extension TraceReplayer {
  /// Replays the trace up to a moment and tells which blocks are live then, before whatever happens at
  /// that very time. Time is linear in the events before it, memory in the live blocks.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func blocks(
    at moment: UInt64, progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> PlacedBlocks {
    var found: PlacedBlocks?
    // The closure must not outlive this call.
    defer { onBatch = nil }
    onBatch = { [unowned self] batch in
      guard batch.eventCount > 0, batch.lastTimeNanoseconds >= moment else { return true }
      found = blocks(at: moment, within: batch)
      return false
    }
    tallyEnd = moment
    try run(progress: progress)
    var all = found ?? PlacedBlocks()
    if found == nil { replay.forEachLive { all.blocks.append(placed($0)) } }
    all.mapped = mappedPieces
    return all
  }

  /// The blocks that are live where the trace was read to, and what is mapped then; `nil` if these are
  /// more than `most`.
  package func blocksAtEnd(most: Int) -> PlacedBlocks? {
    guard replay.liveCount <= most else { return nil }
    var all = PlacedBlocks()
    replay.forEachLive { all.blocks.append(placed($0)) }
    all.mapped = mappedPieces
    return all
  }

  /// What was live within a batch that was just replayed: what is live behind it, but for what came
  /// later than the moment, and with what ended later.
  private func blocks(at moment: UInt64, within batch: EventBatch) -> PlacedBlocks {
    var found = PlacedBlocks()
    var later: [UInt64: UInt32] = [:]
    func isLater(_ position: Int) -> Bool { batch.time(at: position) >= moment }
    for index in 0..<batch.survivors.count {
      let survivor = batch.survivors[index]
      guard isLater(Int(batch.position(of: survivor))) else { continue }
      later[survivor.address] =
        batch.lanes[Int(survivor.lane)].sequence(ofAllocation: Int(survivor.allocation))
    }
    replay.forEachLive { block in
      if later[block.address] != block.sequence { found.blocks.append(placed(block)) }
    }
    for index in 0..<batch.addressReleases.count {
      let block = replay.resolved.pointer[index]
      let position = Int(batch.addressReleases[index].position)
      guard block.address != 0, isLater(position),
        batch.kinds.pointer[position] & HeapOperationKind.neverLive == 0
      else { continue }
      found.blocks.append(placed(block))
    }
    for (position, displaced) in replay.displaced where isLater(position) {
      found.blocks.append(placed(displaced.block))
    }
    for position in 0..<batch.eventCount
    where batch.kinds.pointer[position] & HeapOperationKind.mask == HeapOperationKind.release
      && batch.kinds.pointer[position] & HeapOperationKind.neverLive == 0 && isLater(position)
    {
      let allocation = Int(batch.references.pointer[position])
      guard !isLater(Int(batch.allocationPositions.pointer[allocation])) else { continue }
      found.unplacedBlocks += 1
      found.unplacedBytes += batch.size(ofAllocation: allocation)
    }
    return found
  }

  private func placed(_ block: LiveBlock) -> PlacedBlocks.Block {
    PlacedBlocks.Block(
      address: block.address << UInt64(file.header.addressShift),
      sizeBytes: UInt64(bitPattern: block.sizeBytes),
      node: replay.accounts.accounts[Int(block.account)].node)
  }
}
