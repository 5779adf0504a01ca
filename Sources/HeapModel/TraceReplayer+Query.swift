import TraceFormat
import TraceInput

extension TraceReplayer {
  /// Replays the trace and answers a query about its blocks.
  ///
  /// Time is linear in the events, memory in the live blocks that the query tracks and its rows.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func run(
    _ query: BlockQuery, timelinePoints: Int,
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> BlockQueryResult {
    let walk = BlockWalk(BlockAccounts(query, timelinePoints: timelinePoints))
    try run(walk, progress: progress)
    var accounts = walk.visitor
    accounts.finish(at: lastTime)
    return BlockQueryResult(
      total: accounts.total, rows: accounts.rows.map { ($0.group, $0.costs) },
      threads: accounts.threads, sizes: accounts.sizes, lifetimes: accounts.lifetimes,
      peakTimeNanoseconds: accounts.peakTimeNanoseconds,
      timeline: ReplayResult.Timeline(accounts.timeline))
  }

  /// Replays the trace and walks its blocks.
  func run(
    _ walk: BlockWalk<some BlockVisitor>, progress: ((UInt64, UInt64) -> Void)?
  ) throws(TraceError) {
    // The walk must not outlive this call.
    defer {
      onBatch = nil
      replay.onLateEnd = nil
    }
    onBatch = { [unowned self] batch in
      walk.take(batch, replay)
      return true
    }
    replay.onLateEnd = { walk.endLate($0, releasedAt: $1) }
    try run(progress: progress)
    walk.finish(replay)
  }
}
