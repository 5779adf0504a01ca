import TraceFormat

extension TraceReplayer {
  /// What was found. Ends the use of the replayer: the accounts take their final state.
  package func result() -> ReplayResult {
    let accounts = replay.accounts.finish()
    var stacks = accounts.map { ReplayResult.Stack(node: $0.node, costs: $0.costs) }
    var threads = replay.threads.map { ReplayResult.Thread(id: $0.id, costs: $0.costs) }
    replay.forEachLive { block in
      stacks[Int(block.account)].costs.addLeak(bytes: Int(block.sizeBytes))
      threads[Int(block.thread)].costs.addLeak(bytes: Int(block.sizeBytes))
    }
    return result(stacks, threads)
  }

  /// What was found up to this moment, as if the run ended here. Blocks are not looked at: of threads
  /// it is not known what is live. O(stacks).
  package func resultAtThisMoment() -> ReplayResult {
    result(
      replay.accounts.current.map {
        ReplayResult.Stack(node: $0.node, costs: $0.costsAtThisMoment)
      },
      replay.threads.map { ReplayResult.Thread(id: $0.id, costs: $0.costs) })
  }

  /// The sums of what was found up to this moment. O(1).
  package func outcomeAtThisMoment() -> ReplayOutcome {
    ReplayOutcome(
      totals: replay.totals, mappings: mappingTotals, records: records,
      counters: live?.counters, end: live?.end ?? file.header.end,
      lastTimeNanoseconds: lastTime, damagedParts: damage.count + unlistedDamage)
  }

  private func result(
    _ stacks: [ReplayResult.Stack], _ threads: [ReplayResult.Thread]
  ) -> ReplayResult {
    var damage = self.damage
    if unlistedDamage > 0, let last = damage.last {
      damage.append(
        TraceDamage(
          offset: last.offset, cause: "and \(unlistedDamage) more damaged places after it"))
    }
    return ReplayResult(
      totals: replay.totals, stacks: stacks, threads: threads,
      timeline: ReplayResult.Timeline(replay.timeline), nodes: nodes,
      mappings: mappingTotals, records: records,
      ringOwners: live?.owners ?? [],
      liveCounters: live?.counters, liveEnd: live?.end ?? file.header.end,
      lastTimeNanoseconds: lastTime,
      damage: damage, chunks: chunks, chunkEvents: chunkEvents, recoveredEvents: recoveredEvents)
  }
}

extension ReplayResult.Timeline {
  init(_ builder: TimelineBuilder) {
    self.init(
      intervalNanoseconds: 1 << builder.shift, intervals: builder.intervals)
  }
}
