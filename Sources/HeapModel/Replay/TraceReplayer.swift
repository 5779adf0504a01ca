import TraceFormat
import TraceInput

/// Reads a whole trace: chunks in their order through the decoders into replay, then what stood in
/// the live region. Everything but the decoding runs on the caller's thread.
package final class TraceReplayer {
  /// Most damaged places that are told apart; a file of nothing but damage has millions.
  private static let mostDamage = 1_000

  /// The bounds of a trace's order may have grown, up to so much, before a record says it.
  private static let mostGrowthOfBounds = 4

  private(set) var file: TraceFile
  let replay: HeapReplay
  private(set) var nodes: [StackNode] = []
  var records: [TraceRecord] = []
  private(set) var damage: [TraceDamage] = []
  private(set) var unlistedDamage = 0
  private(set) var chunks: [TraceChunk.Kind: ReplayResult.ChunkCount] = [:]
  private(set) var chunkEvents: UInt64 = 0
  private(set) var recoveredEvents: UInt64 = 0
  var lastTime: UInt64 = 0
  private(set) var live: LiveRegion?
  var lastBatch: UInt64 = 0
  /// The event chunks so far.
  private(set) var chain = ChunkChain()
  /// Which of the event chunks are replayed; an index answers for the others.
  var eventChunks = 0..<Int.max
  /// Set if that leaves out the trace's end: tells of it in place of the events.
  var onRest: (() throws(TraceError) -> Void)?
  /// The marks among the events so far.
  private(set) var batchMarks: [Mark] = []
  /// Whether event chunks alone have brought events so far, and nothing but events and marks.
  var canMakeCheckpoints: Bool { !hasRawEvents && hasMarksAlone }
  /// Whether all that is known of the trace's end is known from chunks.
  var canPassOverEvents: Bool { hasMarksAlone && live == nil }
  private var hasRawEvents = false
  private var hasMarksAlone = true
  private let decoderThreads: Int
  private var budget: UnpackedBudget

  /// Called after each batch was replayed, with the batch; ends the reading by `false`.
  var onBatch: ((EventBatch) -> Bool)?
  /// Called after each event chunk; ends the reading by `false`.
  var onEventChunk: ((TraceChunk) -> Bool)?
  private var isStopped = false
  /// Where the chunks that were read end.
  private var readEnd: UInt64 = 0
  /// Whether chunks of later moments are left for later steps.
  private var isFollowing = false

  /// A heap of so many live blocks is worth a second thread.
  package static let manyBlocks = 1 << 18

  /// Makes the blocks of another space than the heap from the events, if they are wanted.
  private var mappings: MappingBatches?
  let space: BlockSpace
  private var tally: MappingTally
  /// Calls on mappings from then on are passed over.
  var tallyEnd = UInt64.max
  /// What is mapped, as far as the heap's events were read.
  var mappedPieces: [MappedPiece] { tally.pieces }
  /// What was mapped, as far as the heap's events were read; `nil` if nothing was.
  var mappingTotals: MappingTotals? { tally.totals.calls == 0 ? nil : tally.totals }

  /// From `sharedBlocks` live blocks on, two threads share them.
  package init(
    _ file: TraceFile, timelinePoints: Int, decoderThreads: Int, sharedBlocks: Int = manyBlocks,
    space: BlockSpace = .heap
  ) {
    self.file = file
    self.space = space
    tally = MappingTally(pageBytes: UInt64(file.header.pageBytes))
    budget = UnpackedBudget(file.source)
    self.decoderThreads = max(1, min(decoderThreads, 16))
    replay = HeapReplay(
      timelinePoints: timelinePoints, sharedBlocks: sharedBlocks,
      hasInheritedBlocks: file.header.origin == .fork)
  }

  /// Replays the trace.
  ///
  /// - Parameter progress: called now and then with the bytes and the events that are done.
  /// - Throws: `TraceError` of kind `unreadable`; all other trouble is in the damage list.
  package func run(
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) {
    if space != .heap {
      mappings = try MappingBatches(
        file, keepsHeap: space == .all, decoderThreads: decoderThreads)
      replay.threadMask = space == .all ? ~MappingBatches.threadBit : .max
    }
    try read(progress: progress)
  }

  /// Reads all events for what the calls on mappings among them come to, and nothing else.
  func plan(_ batches: MappingBatches) throws(TraceError) -> MappingLedger.Plan {
    mappings = batches
    try read(progress: nil)
    return batches.plan
  }

  private func read(
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)?
  ) throws(TraceError) {
    try readChunks(progress: progress)
    chunkEvents = UInt64(replay.totals.events)
    if let onRest {
      try onRest()
      chunkEvents = UInt64(replay.totals.events)
      return
    }
    if !isStopped { try recoverLiveRegion() }
    replay.finish(at: lastTime)
  }

  /// Reads the chunks from the first that was not read on.
  private func readChunks(
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)?
  ) throws(TraceError) {
    var walker = ChunkWalker(file, from: readEnd)
    let pipeline = DecoderPipeline(file, depth: decoderThreads + 1)
    var isWalked = false
    var walkedEventChunks = 0
    while !isStopped {
      while !isWalked, pipeline.hasRoom {
        guard let chunk = try walker.next() else {
          isWalked = true
          break
        }
        if chunk.kind == .events {
          walkedEventChunks += 1
          guard eventChunks.contains(walkedEventChunks - 1) else {
            count(chunk)
            continue
          }
        }
        if keeps(chunk, chunk.definedBytes) { pipeline.submit(chunk) } else { count(chunk) }
      }
      guard let (chunk, content) = pipeline.next() else { break }
      if isFollowing, case .events(let batch) = content, batch.number > file.lastBatch { break }
      try take(chunk, content)
      readEnd = chunk.end
      progress?(chunk.end, UInt64(replay.totals.events))
    }
    walker.damage.forEach(report)
  }

  /// Takes what a checkpoint says of the events before it.
  func take(outcome state: CheckpointState) {
    lastTime = max(lastTime, state.lastTimeNanoseconds)
    records += state.marks.dropFirst(batchMarks.count).map(TraceRecord.mark)
    notePauses(in: state.marks)
    batchMarks = state.marks
  }

  private func take(_ chunk: TraceChunk, _ content: DecodedChunk) throws(TraceError) {
    if case .events(let batch) = content, batch.number > file.lastBatch { return }
    count(chunk)
    guard keeps(chunk, content.keptBytes) else { return }
    switch content {
    case .records(let records): take(records)
    case .stacks(let nodes):
      self.nodes += nodes
      replay.accounts.expect(nodes: self.nodes.count)
    case .events(let batch):
      if batch.number > lastBatch, batch.number - lastBatch > 1 {
        report(
          TraceDamage(
            offset: chunk.offset,
            cause: "event batches \(lastBatch + 1) to \(batch.number - 1) are missing before it"))
      }
      lastBatch = max(lastBatch, batch.number)
      take(batch, at: chunk.offset)
      if let onEventChunk, !onEventChunk(chunk) { isStopped = true }
    case .raw(let runs):
      hasRawEvents = true
      take(runs, at: chunk.offset)
    case .skipped: break
    case .failed(let error):
      guard error.kind != .unreadable else { throw error.named(file.source.name) }
      report(
        TraceDamage(
          offset: chunk.offset, skippedBytes: chunk.end - chunk.offset,
          cause: error.cause))
    }
  }

  private func take(_ records: [TraceRecord]) {
    self.records += records
    for record in records {
      switch record {
      case .order(let order): take(order)
      case .mark(let mark): notePauses(in: [mark])
      default: break
      }
    }
  }

  private func notePauses(in marks: [Mark]) {
    if marks.contains(where: { $0.kind == .pause }) { replay.hasPauses = true }
  }

  private func take(_ order: RecordedOrder) {
    replay.mostEventsOutOfOrder =
      order.kind == .exact ? 0 : Int(order.boundEvents) * Self.mostGrowthOfBounds
  }

  /// Whether so many bytes of a chunk can be kept; says so if not.
  private func keeps(_ chunk: TraceChunk, _ bytes: UInt64) -> Bool {
    do throws(TraceError) {
      try budget.take(bytes, for: chunk)
      return true
    } catch {
      report(TraceDamage(offset: chunk.offset, cause: error.cause))
      return false
    }
  }

  private func count(_ chunk: TraceChunk) {
    chunks[chunk.kind, default: ReplayResult.ChunkCount()].chunks += 1
    chunks[chunk.kind]?.storedBytes += chunk.storedBytes
    chunks[chunk.kind]?.payloadBytes &+= chunk.payloadBytes
    if chunk.kind == .events { chain.append(chunk) }
  }

  private func take(_ recorded: EventBatch, at offset: UInt64) {
    if mappings == nil { tally(recorded) }
    if let mappings {
      let made = mappings.blocks(of: recorded) { replay.nextSequence(of: $0) }
      if let made { replay(made, at: offset) }
    } else {
      replay(recorded, at: offset)
    }
    lastTime = max(lastTime, recorded.lastTimeNanoseconds)
    for record in recorded.records {
      records.append(record)
      if case .mark(let mark) = record {
        batchMarks.append(mark)
      } else {
        hasMarksAlone = false
      }
    }
  }

  private func tally(_ batch: EventBatch) {
    for special in batch.specials {
      guard case .mapping(let call) = special.record,
        tallyEnd == .max || batch.time(at: special.position) < tallyEnd
      else { continue }
      tally.take(call, by: batch.lanes[special.lane].thread)
    }
  }

  private func replay(_ batch: EventBatch, at offset: UInt64) {
    // Each sum of sizes is at most that of all.
    let bytes = batch.lanes.reduce(0) { min(BlockLimits.sumBytes, $0 + $1.allocatedBytes) }
    guard bytes < BlockLimits.sumBytes - min(BlockLimits.sumBytes, replay.totals.allocatedBytes)
    else {
      return report(
        TraceDamage(offset: offset, cause: "more bytes are allocated than can be counted"))
    }
    for case .mark(let mark) in batch.records { notePauses(in: [mark]) }
    replay.replay(batch)
    if let onBatch, !onBatch(batch) { isStopped = true }
  }

  /// `turn`: the first whose events are left out; 0 if none are.
  private func take(_ runs: [RawRun], before turn: UInt64 = 0, at offset: UInt64) {
    let builder = RawBatchBuilder()
    let batch = EventBatch()
    builder.build(
      runs, startingAt: lastTime, before: turn, into: batch,
      sequence: { self.replay.nextSequence(of: $0) })
    nodes += builder.nodes
    take(builder.records)
    for problem in builder.problems { report(TraceDamage(offset: offset, cause: problem)) }
    if batch.eventCount > 0, onRest == nil { take(batch, at: offset) }
  }

  /// What stood in the live region, in the order of the program.
  static func merged(_ live: LiveRegion) -> [RawRun] {
    live.runs.prefix(live.stagedRuns)
      + TurnMerge.merge(Array(live.runs.dropFirst(live.stagedRuns)))
  }

  private func recoverLiveRegion() throws(TraceError) {
    if let missing = file.missing { report(missing) }
    guard let live = try LiveRegion(file, afterBatch: lastBatch) else { return }
    self.live = live
    live.damage.forEach(report)
    if let order = live.order { take(order) }
    take(Self.merged(live), before: live.turn, at: file.live?.range.lowerBound ?? 0)
    recoveredEvents = UInt64(replay.totals.events) - chunkEvents
    lastTime = max(lastTime, live.clockNanoseconds)
    if let memory = live.memory, !records.contains(.memory(memory)) {
      records.append(.memory(memory))
    }
    if let order = live.order { records.append(.order(order)) }
  }

  // MARK: A trace that grows

  /// Reads what has been added to a trace's chunks since the last step; `file` is the trace opened
  /// anew. Costs what is new.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func advance(to file: TraceFile) throws(TraceError) {
    budget.grow(from: self.file.source, to: file.source)
    self.file = file
    isFollowing = true
    try readChunks(progress: nil)
    chunkEvents = UInt64(replay.totals.events)
  }

  /// Hands out the records of the chunks that were read since the last call: a follower has no use for
  /// all that a long run says of itself.
  package func takeRecords() -> [TraceRecord] {
    defer {
      records.removeAll(keepingCapacity: true)
      batchMarks.removeAll()
    }
    return records
  }

  /// Calls `body` with the heap as it was when the file was opened: behind the chunks, and what stood
  /// in no chunk then. That is taken back afterwards, for a chunk will have the same events.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func atThisMoment<Answer>(_ body: () -> Answer) throws(TraceError) -> Answer {
    let undo = ReplayUndo(replay)
    let counts = (
      nodes: nodes.count, records: records.count, damage: damage.count, unlisted: unlistedDamage,
      marks: batchMarks.count
    )
    let before = (time: lastTime, tally: tally, hasMarksAlone: hasMarksAlone)
    replay.undo = undo
    defer {
      replay.undo = nil
      undo.goBack()
      nodes.removeSubrange(counts.nodes...)
      records.removeSubrange(counts.records...)
      damage.removeSubrange(counts.damage...)
      unlistedDamage = counts.unlisted
      batchMarks.removeSubrange(counts.marks...)
      (lastTime, tally, hasMarksAlone) = (before.time, before.tally, before.hasMarksAlone)
      live = nil
      recoveredEvents = 0
    }
    try recoverLiveRegion()
    replay.finish(at: lastTime)
    return body()
  }

  private func report(_ item: TraceDamage) {
    if damage.count < Self.mostDamage { damage.append(item) } else { unlistedDamage += 1 }
  }
}
