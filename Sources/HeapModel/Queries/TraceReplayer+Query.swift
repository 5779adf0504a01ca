import TraceFormat
import TraceInput

extension TraceReplayer {
  /// Replays the trace and answers a query about its blocks. `runEndNanoseconds` is how long the run
  /// lasted, as far as other facts than its events tell.
  ///
  /// Time is linear in the events, or, if the trace has an index, in those between the checkpoints
  /// around the window and in the blocks that live across one; memory in the live blocks that the
  /// query tracks and its rows.
  ///
  /// - Throws: `TraceError` of kind `unreadable`; of kind `damaged` if a checkpoint is.
  package func run(
    _ query: BlockQuery, timelinePoints: Int, runEndNanoseconds: UInt64, usesIndex: Bool = true,
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> BlockQueryResult {
    let walk = BlockWalk(BlockAccounts(query, timelinePoints: timelinePoints))
    if usesIndex { try seek(query.eventWindow, walk) }
    try run(walk, progress: progress)
    var accounts = walk.visitor
    return accounts.finish(at: lastTime, runEnd: runEndNanoseconds)
  }

  /// Replays the trace and walks its blocks.
  func run(
    _ walk: BlockWalk<some BlockVisitor>, progress: ((UInt64, UInt64) -> Void)?,
    onEventChunk: ((TraceChunk) -> Bool)? = nil
  ) throws(TraceError) {
    // The walk must not outlive this call.
    defer {
      onBatch = nil
      self.onEventChunk = nil
      onRest = nil
      replay.onLateEnd = nil
      replay.onDisplacedEnd = nil
    }
    onBatch = { [unowned self] batch in
      walk.take(batch, replay)
      return true
    }
    self.onEventChunk = onEventChunk
    replay.onLateEnd = { walk.endLate($0, releasedAt: $1) }
    replay.onDisplacedEnd = { walk.settle($0, isReleased: $1) }
    try run(progress: progress)
    walk.finish(replay)
  }
}
