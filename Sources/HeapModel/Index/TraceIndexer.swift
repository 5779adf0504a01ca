import CTraceFormat
import TraceFormat
import TraceInput

/// Replays a closed trace and makes the chunks of its index.
package final class TraceIndexer {
  /// How far apart checkpoints stand.
  package struct Spacing: Sendable {
    /// Parts of the file's length between two.
    package var partsOfFile: UInt64 = 32
    /// Fewest events between two; and as many again for each live block, so that an index stays
    /// smaller than its trace.
    package var events = 1 << 20
    package var eventsPerLiveBlock = 4

    package init() {}
  }

  package typealias Emit = (mt_chunk_type, [UInt8]) throws(TraceError) -> Void

  /// Blocks, or ends of them, in one chunk.
  private static let partBlocks = 1 << 18

  private let file: TraceFile
  private let spacing: Spacing
  private let replayer: TraceReplayer
  private let walk = BlockWalk(EveryBlock())
  private var entries: [mt_index_entry] = []
  private var events = 0
  private var bytes: UInt64 = 0
  // Since the last checkpoint.
  private var ends = LEBWriter()
  private var endCount = 0
  private var endParts: UInt32 = 0
  /// What `emit` threw where it could not be thrown on.
  private var failure: TraceError?

  package init(_ file: TraceFile, spacing: Spacing = Spacing()) {
    self.file = file
    self.spacing = spacing
    replayer = TraceReplayer(file, timelinePoints: 2, decoderThreads: 2)
  }

  /// Replays the trace and hands out the index's chunks in their order. Ends the use of the indexer.
  ///
  /// - Returns: how many checkpoints there are; without any, no chunk was handed out.
  /// - Throws: `TraceError` of kind `damaged` if the trace is damaged; what `emit` throws.
  package func build(
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil, emit: Emit
  ) throws(TraceError) -> Int {
    try withoutActuallyEscaping(emit) { emit throws(TraceError) in
      walk.onEnd = { [unowned self] in note($0, emit) }
      defer { walk.onEnd = nil }
      try replayer.run(walk, progress: progress) { [unowned self] chunk in
        if isTimeForCheckpoint(chunk) {
          attempt { () throws(TraceError) in try addCheckpoint(emit) }
          bytes = chunk.end
        }
        return failure == nil
      }
    }
    if let failure { throw failure }
    if let damage = replayer.damage.first {
      throw TraceError(
        kind: .damaged, file: file.source.name, offset: damage.offset,
        cause: "a damaged trace cannot be indexed: " + damage.cause)
    }
    let checkpoints = entries.count
    guard checkpoints > 0 else { return 0 }
    if replayer.canPassOverEvents, walk.visitor.isOrdered {
      try addEntry(isEnd: true, emit)
    }
    try emit(MT_CHUNK_INDEX, entries.withUnsafeBytes { Array($0) })
    return checkpoints
  }

  private func isTimeForCheckpoint(_ chunk: TraceChunk) -> Bool {
    replayer.canMakeCheckpoints
      && chunk.end - bytes >= file.source.byteCount / spacing.partsOfFile
      && replayer.replay.totals.events - events
        >= spacing.events + spacing.eventsPerLiveBlock * replayer.replay.liveCount
  }

  private func attempt(_ body: () throws(TraceError) -> Void) {
    guard failure == nil else { return }
    do throws(TraceError) { try body() } catch { failure = error }
  }

  // MARK: Checkpoints

  private func addCheckpoint(_ emit: Emit) throws(TraceError) {
    try addEntry(isEnd: false, emit)
    events = replayer.replay.totals.events
    var blocks: [CheckpointBlock] = []
    func flush() {
      attempt { () throws(TraceError) in
        // Neighbours of one thread have much in common, which the compression finds.
        blocks.sort { $0.key < $1.key }
        var writer = LEBWriter()
        writer.append(blocks.count)
        for block in blocks { block.encode(to: &writer) }
        try emit(MT_CHUNK_CHECKPOINT, writer.bytes)
        entries[entries.count - 1].block_parts += 1
      }
      blocks.removeAll(keepingCapacity: true)
    }
    replayer.replay.forEachLive { block in
      blocks.append(walk.checkpoint(of: block))
      if blocks.count == Self.partBlocks { flush() }
    }
    if !blocks.isEmpty { flush() }
  }

  /// Begins an entry: what ended before it, and its state.
  private func addEntry(isEnd: Bool, _ emit: Emit) throws(TraceError) {
    if endCount > 0 { try flushEnds(emit) }
    var state = LEBWriter()
    replayer.checkpoint(walk).encode(to: &state)
    try emit(MT_CHUNK_CHECKPOINT, state.bytes)
    entries.append(
      mt_index_entry(
        event_chunks: UInt64(replayer.chain.count), time_ns: walk.visitor.now,
        chain_crc: replayer.chain.checksum, end_parts: endParts, block_parts: 0,
        is_end: isEnd ? 1 : 0))
    endParts = 0
  }

  /// Keeps the end of a block that is in the last checkpoint; of some that came just after it, too.
  private func note(_ end: CheckpointEnd, _ emit: Emit) {
    guard let last = entries.last, end.block.birth.timeNanoseconds <= last.time_ns else { return }
    end.encode(to: &ends)
    endCount += 1
    if endCount == Self.partBlocks { attempt { () throws(TraceError) in try flushEnds(emit) } }
  }

  private func flushEnds(_ emit: Emit) throws(TraceError) {
    var writer = LEBWriter()
    writer.append(endCount)
    writer.append(contentsOf: ends)
    try emit(MT_CHUNK_CHECKPOINT, writer.bytes)
    ends = LEBWriter()
    endCount = 0
    endParts += 1
  }
}

/// A visitor that wants to know every block, for the sake of the walk's own memory of them.
struct EveryBlock: BlockVisitor {
  private(set) var now: UInt64 = 0
  /// Whether no event was earlier than one before it.
  private(set) var isOrdered = true

  mutating func open(thread: UInt32, number: UInt32) {}
  mutating func open(account: UInt32, node: UInt32) {}
  func tracks(thread: UInt32) -> Bool { true }
  func tracks(account: UInt32, sizeBytes: Int) -> Bool { true }
  mutating func count(allocations: Int) {}
  mutating func advance(to nanoseconds: UInt64) {
    if nanoseconds < now { isOrdered = false }
    now = max(now, nanoseconds)
  }
  mutating func begin(_ block: TrackedBlock) {}
  mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {}
  mutating func pass(_ block: TrackedBlock) {}
  mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {}
  mutating func survive(_ block: TrackedBlock) {}
}
