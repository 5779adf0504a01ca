import TraceFormat
import TraceInput

extension TraceReplayer {
  /// Replays the trace and lists its events in order, until `body` returns `false`.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func runListing(_ body: @escaping (BatchEvent) -> Bool) throws(TraceError) {
    var events = BatchEvents(file.header)
    // The caller's closure must not outlive this call.
    defer { onBatch = nil }
    onBatch = { [unowned self] batch in
      events.forEach(in: batch, replay, body)
    }
    try run()
  }

  /// Reads only the stack nodes and records, which a listing needs before its first event.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package static func definitions(
    of file: TraceFile
  ) throws(TraceError) -> (nodes: [StackNode], records: [TraceRecord]) {
    var nodes: [StackNode] = []
    var records: [TraceRecord] = []
    var walker = ChunkWalker(file)
    let decoder = ChunkDecoder(file)
    func take(_ runs: [RawRun]) {
      let builder = RawBatchBuilder()
      builder.build(runs, startingAt: 0, into: EventBatch(), sequence: { _ in 0 })
      nodes += builder.nodes
      records += builder.records
    }
    while let chunk = try walker.next() {
      guard chunk.kind != .events else { continue }
      switch decoder.decode(chunk) {
      case .stacks(let defined): nodes += defined
      case .records(let facts): records += facts
      case .raw(let runs): take(runs)
      case .events, .skipped, .failed: break
      }
    }
    // Definitions of staged words that a chunk holds by now do no harm a second time.
    if let live = try LiveRegion(file, afterBatch: 0) { take(live.runs) }
    return (nodes, records)
  }
}
