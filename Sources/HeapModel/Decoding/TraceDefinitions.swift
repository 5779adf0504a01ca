import TraceFormat
import TraceInput

/// What a trace says outside its events.
package struct TraceDefinitions: Sendable {
  /// As recorded, duplicates included.
  package var nodes: [StackNode] = []
  package var records: [TraceRecord] = []
  /// Of the live region, if the trace was not closed.
  package var ringOwners: [LiveRegion.RingOwner] = []
  package var end: ProcessEnd?
  /// The last moment that was read of.
  package var lastTimeNanoseconds: UInt64 = 0

  /// Takes what raw words define; marks, which stand among events, only if they are asked for.
  mutating func take(_ runs: [RawRun], readsMarks: Bool = true) {
    let builder = RawBatchBuilder()
    let batch = EventBatch()
    builder.build(
      runs, startingAt: lastTimeNanoseconds, into: batch, sequence: { _ in 0 })
    nodes += builder.nodes
    records += builder.records
    if readsMarks { records += batch.records }
    lastTimeNanoseconds = max(lastTimeNanoseconds, batch.lastTimeNanoseconds)
  }
}
