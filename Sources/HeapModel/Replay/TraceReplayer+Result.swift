import TraceFormat

extension TraceReplayer {
  /// What was found. Ends the use of the replayer: the accounts take their final state.
  package func result() -> ReplayResult {
    let accounts = replay.accounts.finish()
    var leakedByAccount = Array(repeating: ReplayResult.Leaked(), count: accounts.count)
    var leakedByThread = Array(
      repeating: ReplayResult.Leaked(), count: replay.threads.count)
    replay.forEachLive { block in
      leakedByAccount[Int(block.account)].blocks += 1
      leakedByAccount[Int(block.account)].bytes &+= Int(block.sizeBytes)
      leakedByAccount[Int(block.account)].sizes.add(Int(block.sizeBytes))
      leakedByThread[Int(block.thread)].blocks += 1
      leakedByThread[Int(block.thread)].bytes &+= Int(block.sizeBytes)
    }
    var damage = self.damage
    if unlistedDamage > 0, let last = damage.last {
      damage.append(
        TraceDamage(
          offset: last.offset, cause: "and \(unlistedDamage) more damaged places after it"))
    }
    return ReplayResult(
      totals: totals(),
      stacks: accounts.enumerated().map { index, account in
        ReplayResult.Stack(
          node: account.node, allocations: account.allocations,
          allocatedBytes: account.allocatedBytes, temporaries: account.temporaries,
          peakBlocks: account.peakBlocks, peakBytes: account.peakBytes,
          sizes: account.sizes, leaked: leakedByAccount[index])
      },
      threads: replay.threads.enumerated().map { index, thread in
        ReplayResult.Thread(
          id: thread.id, allocations: thread.allocations, allocatedBytes: thread.allocatedBytes,
          frees: thread.frees, temporaries: thread.temporaries,
          leaked: leakedByThread[index])
      },
      timeline: ReplayResult.Timeline(replay.timeline), nodes: nodes, records: records,
      ringOwners: live?.owners ?? [],
      liveCounters: live?.counters, liveEnd: live?.end ?? file.header.end,
      lastTimeNanoseconds: lastTime,
      damage: damage, chunks: chunks, chunkEvents: chunkEvents, recoveredEvents: recoveredEvents)
  }

  private func totals() -> ReplayResult.Totals {
    let totals = replay.totals
    return ReplayResult.Totals(
      allocations: totals.allocations, reallocations: totals.reallocations,
      allocatedBytes: totals.allocatedBytes, frees: totals.frees,
      unknownFrees: totals.unknownFrees, temporaries: totals.temporaries,
      supersededBlocks: totals.supersededBlocks, liveBlocks: totals.liveBlocks,
      liveBytes: totals.liveBytes, peakBlocks: totals.peakBlocks, peakBytes: totals.peakBytes,
      peakTimeNanoseconds: totals.peakTimeNanoseconds)
  }
}

extension ReplayResult.Timeline {
  init(_ builder: TimelineBuilder) {
    self.init(
      intervalNanoseconds: 1 << builder.shift,
      intervals: builder.intervals.map {
        Interval(
          liveBytes: $0.liveBytes, liveBlocks: $0.liveBlocks, minimumBytes: $0.minimumBytes,
          maximumBytes: $0.maximumBytes, allocations: $0.allocations,
          allocatedBytes: $0.allocatedBytes)
      })
  }
}
