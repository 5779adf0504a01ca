import CTraceFormat
import TraceFormat
import TraceInput

extension TraceReplayer {
  /// The state between two batches.
  func checkpoint(_ walk: BlockWalk<some BlockVisitor>) -> CheckpointState {
    var state = replay.checkpoint(walk)
    state.lastBatch = lastBatch
    state.lastTimeNanoseconds = lastTime
    state.marks = batchMarks
    return state
  }

  /// Leaves out what the trace's index, if it has one, answers for: the run begins at the latest
  /// checkpoint whose events are all earlier than the window, and ends at the first that has none of
  /// the window's behind it.
  ///
  /// - Throws: `TraceError` of kind `unreadable`, or `damaged` for a checkpoint that is not one.
  func seek(
    _ window: Range<UInt64>, _ walk: BlockWalk<some BlockVisitor>
  ) throws(TraceError) {
    guard space == .heap, file.header.isClosed, window.lowerBound > 0 || window.upperBound < .max
    else { return }
    let index = try TraceIndex(file)
    let start = index.last(before: window.lowerBound)
    if let start {
      walk.advance(to: start.timeNanoseconds)
      let state = try Self.state(start.state, of: file)
      guard replay.restore(state, walk) else { throw Self.damaged(start.state, of: file) }
      lastBatch = state.lastBatch
      take(outcome: state)
      try Self.read(start.blocks, of: file) { replay.restoreBlocks($0, walk) }
    }
    let rest = index.rest(from: window.upperBound)
    eventChunks = (start?.eventChunks ?? 0)..<(rest?.start.eventChunks ?? .max)
    guard let rest else { return }
    onRest = { [unowned self] () throws(TraceError) in
      try Self.read(rest.ends, of: file) { walk.pass(ends: $0, replay) }
      let state = try Self.state(rest.end.state, of: file)
      guard replay.takeOutcome(of: state) else { throw Self.damaged(rest.end.state, of: file) }
      take(outcome: state)
    }
  }

  /// What an index says of the end of a trace; `nil` if it does not.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  static func outcome(of file: TraceFile) throws(TraceError) -> CheckpointState? {
    guard file.header.isClosed, let end = try TraceIndex(file).end else { return nil }
    do throws(TraceError) {
      return try state(end.state, of: file)
    } catch {
      guard error.kind != .unreadable else { throw error }
      return nil
    }
  }

  private static func state(
    _ chunk: TraceChunk, of file: TraceFile
  ) throws(TraceError) -> CheckpointState {
    var state: CheckpointState?
    try read([chunk], of: file) {
      state = CheckpointState($0)
      return state != nil
    }
    return state ?? CheckpointState()
  }

  /// Hands out the payloads of an index's chunks; `take` says whether they are what they should be.
  private static func read(
    _ chunks: [TraceChunk], of file: TraceFile, _ take: (UnsafeRawBufferPointer) -> Bool
  ) throws(TraceError) {
    let payloads = PayloadReader()
    // Its memory holds the payload at hand.
    defer { withExtendedLifetime(payloads) {} }
    for chunk in chunks {
      do throws(TraceError) {
        guard take(try payloads.read(chunk, of: file.source)) else {
          throw damaged(chunk, of: file)
        }
      } catch {
        throw error.named(file.source.name)
      }
    }
  }

  private static func damaged(_ chunk: TraceChunk, of file: TraceFile) -> TraceError {
    TraceError(
      kind: .damaged, file: file.source.name, offset: chunk.offset,
      cause: "the trace's index is damaged")
  }
}
