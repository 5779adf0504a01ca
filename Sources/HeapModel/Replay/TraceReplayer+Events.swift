import TraceFormat
import TraceInput

extension TraceReplayer {
  /// Replays the trace and lists its events in order, until `body` returns `false`. Of a trace with an
  /// index, events outside of the window may be left out.
  ///
  /// - Throws: `TraceError` of kind `unreadable`; of kind `damaged`, before the first event, if a
  ///   checkpoint is.
  package func runListing(
    _ window: Range<UInt64>, usesIndex: Bool = true, _ body: @escaping (BatchEvent) -> Bool
  ) throws(TraceError) {
    // A listing follows no block: it needs the replay's state alone.
    if usesIndex { try seek(window, BlockWalk(NoBlock())) }
    var events = BatchEvents(
      file.header, after: replay.totals.allocations, from: window.lowerBound)
    // The caller's closure must not outlive this call.
    defer { onBatch = nil }
    onBatch = { [unowned self] batch in
      events.forEach(in: batch, replay, body)
    }
    try run()
  }

  /// Reads only the stack nodes and records, which a listing needs before its first event; with
  /// `readsEvents` also the marks, which stand between events. Of a trace with async callers it
  /// also reads which stacks allocate, which the index says or else the events.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package static func definitions(
    of file: TraceFile, readsEvents: Bool = false,
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> TraceDefinitions {
    var found = TraceDefinitions()
    let outcome = readsEvents ? try outcome(of: file) : nil
    var walker = ChunkWalker(file)
    let decoder = ChunkDecoder(file)
    var lastBatch: UInt64 = 0
    var events: UInt64 = 0
    var budget = UnpackedBudget(file.source)
    while let chunk = try walker.next() {
      guard chunk.kind != .events || readsEvents && outcome == nil else { continue }
      // A replay says what is not kept.
      guard (try? budget.take(chunk.definedBytes, for: chunk)) != nil else { continue }
      let content = decoder.decode(chunk)
      guard (try? budget.take(content.keptBytes, for: chunk)) != nil else { continue }
      switch content {
      case .stacks(let defined): found.nodes += defined
      case .records(let facts): found.records += facts
      case .raw(let runs): found.take(runs, readsMarks: outcome == nil)
      case .events(let batch) where batch.number > file.lastBatch: break
      case .events(let batch):
        found.records += batch.records
        found.takeStacks(of: batch)
        found.lastTimeNanoseconds = max(found.lastTimeNanoseconds, batch.lastTimeNanoseconds)
        lastBatch = max(lastBatch, batch.number)
        events += UInt64(batch.runs.reduce(0) { $0 + $1.events })
        progress?(chunk.offset, events)
      case .skipped, .failed: break
      }
    }
    if let outcome {
      found.records += outcome.marks.map(TraceRecord.mark)
      found.lastTimeNanoseconds = max(found.lastTimeNanoseconds, outcome.lastTimeNanoseconds)
    }
    found.end = file.header.end
    // Definitions of staged words that a chunk holds by now do no harm a second time; their marks
    // would.
    if let live = try LiveRegion(file, afterBatch: lastBatch) {
      found.take(Self.merged(live))
      found.ringOwners = live.owners
      found.end = live.end
      found.lastTimeNanoseconds = max(found.lastTimeNanoseconds, live.clockNanoseconds)
    }
    guard found.hasAsyncCallers else { return found }
    let end = readsEvents ? outcome : try Self.outcome(of: file)
    if let end {
      end.nodes.forEach { found.takeStack($0) }
    } else if !readsEvents {
      try readStacks(of: file, into: &found, progress: progress)
    }
    return found
  }

  /// Reads which stacks the events allocate on, and nothing else of them.
  private static func readStacks(
    of file: TraceFile, into found: inout TraceDefinitions,
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)?
  ) throws(TraceError) {
    var walker = ChunkWalker(file)
    let decoder = ChunkDecoder(file)
    while let chunk = try walker.next() {
      guard chunk.kind == .events, case .events(let batch) = decoder.decode(chunk) else { continue }
      found.takeStacks(of: batch)
      progress?(chunk.offset, 0)
    }
  }
}
