import TraceFormat
import TraceInput

/// What a trace says outside its events.
package struct TraceDefinitions: Sendable {
  /// As recorded, duplicates included.
  package var nodes: [StackNode] = []
  package var records: [TraceRecord] = []
  /// In a trace with async callers: the nodes whose stacks allocated, in the order of their first
  /// allocation. A chain of callers is a stack only where one ends.
  package var allocatingNodes: [UInt32] = []
  /// Of the live region, if the trace was not closed.
  package var ringOwners: [LiveRegion.RingOwner] = []
  package var end: ProcessEnd?
  /// The last moment that was read of.
  package var lastTimeNanoseconds: UInt64 = 0
  private var knownNodes: Set<UInt32> = []

  /// Whether there are nodes of async callers.
  var hasAsyncCallers: Bool {
    nodes.contains { ProgramCounter(rawValue: $0.programCounter).asyncCallersOfFrame != nil }
  }

  /// Takes the stacks on which a batch allocates.
  mutating func takeStacks(of batch: EventBatch) {
    for site in 0..<batch.siteCount { takeStack(batch.siteStacks.pointer[site]) }
    for special in batch.specials {
      if case .mapping(let call) = special.record, call.stack != 0 { takeStack(call.stack) }
    }
  }

  mutating func takeStack(_ node: UInt32) {
    if knownNodes.insert(node).inserted { allocatingNodes.append(node) }
  }

  /// Takes what raw words define; marks, which stand among events, only if they are asked for.
  mutating func take(_ runs: [RawRun], readsMarks: Bool = true) {
    let builder = RawBatchBuilder()
    let batch = EventBatch()
    builder.build(
      runs, startingAt: lastTimeNanoseconds, into: batch, sequence: { _ in 0 })
    nodes += builder.nodes
    takeStacks(of: batch)
    records += builder.records
    if readsMarks { records += batch.records }
    lastTimeNanoseconds = max(lastTimeNanoseconds, batch.lastTimeNanoseconds)
  }
}
