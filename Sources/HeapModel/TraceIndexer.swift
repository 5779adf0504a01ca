import CTraceFormat
import TraceFormat
import TraceInput

/// Replays a closed trace and makes the chunks of its index.
package struct TraceIndexer {
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

  /// Blocks in one chunk.
  private static let partBlocks = 1 << 18

  private let file: TraceFile
  private let spacing: Spacing

  package init(_ file: TraceFile, spacing: Spacing = Spacing()) {
    self.file = file
    self.spacing = spacing
  }

  /// Replays the trace and hands out the index's chunks in their order.
  ///
  /// - Returns: how many checkpoints there are; without any, no chunk was handed out.
  /// - Throws: `TraceError` of kind `damaged` if the trace is damaged; what `emit` throws.
  package func build(
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil,
    emit: (mt_chunk_type, [UInt8]) throws(TraceError) -> Void
  ) throws(TraceError) -> Int {
    let replayer = TraceReplayer(file, timelinePoints: 2, decoderThreads: 2)
    let walk = BlockWalk(EveryBlock())
    var entries: [mt_index_entry] = []
    var failure: TraceError?
    var lastEvents = 0
    var lastBytes: UInt64 = 0
    try withoutActuallyEscaping(emit) { emit throws(TraceError) in
      try replayer.run(walk, progress: progress) { [unowned replayer] chunk in
        let replay = replayer.replay
        guard replayer.canMakeCheckpoints,
          chunk.end - lastBytes >= file.source.byteCount / spacing.partsOfFile,
          replay.totals.events - lastEvents
            >= spacing.events + spacing.eventsPerLiveBlock * replay.live.count
        else { return true }
        lastEvents = replay.totals.events
        lastBytes = chunk.end
        do throws(TraceError) {
          var entry = mt_index_entry()
          entry.event_chunks = UInt64(replayer.chain.count)
          entry.time_ns = walk.visitor.now
          entry.chain_crc = replayer.chain.checksum
          entry.parts = try encode(replayer, walk, emit)
          entries.append(entry)
          return true
        } catch {
          failure = error
          return false
        }
      }
    }
    if let failure { throw failure }
    if let damage = replayer.damage.first {
      throw TraceError(
        kind: .damaged, file: file.source.name, offset: damage.offset,
        cause: "a damaged trace cannot be indexed: " + damage.cause)
    }
    guard !entries.isEmpty else { return 0 }
    try emit(MT_CHUNK_INDEX, entries.withUnsafeBytes { Array($0) })
    return entries.count
  }

  /// Hands out the parts of a checkpoint; returns their number.
  private func encode(
    _ replayer: TraceReplayer, _ walk: BlockWalk<EveryBlock>,
    _ emit: (mt_chunk_type, [UInt8]) throws(TraceError) -> Void
  ) throws(TraceError) -> UInt32 {
    var state = LEBWriter()
    replayer.encodeState(walk, to: &state)
    try emit(MT_CHUNK_CHECKPOINT, state.bytes)
    var parts: UInt32 = 1
    var blocks: [LiveBlock] = []
    var failure: TraceError?
    func flush() {
      guard failure == nil, !blocks.isEmpty else { return }
      // Neighbours of one thread have much in common, which the compression finds.
      blocks.sort { ($0.thread, $0.sequence) < ($1.thread, $1.sequence) }
      var writer = LEBWriter()
      writer.append(blocks.count)
      for block in blocks {
        let birth = walk.birth(of: block)
        block.encode(
          birth: birth?.timeNanoseconds ?? 0, origin: birth?.origin.packed ?? 0, to: &writer)
      }
      blocks.removeAll(keepingCapacity: true)
      parts += 1
      do throws(TraceError) {
        try emit(MT_CHUNK_CHECKPOINT, writer.bytes)
      } catch { failure = error }
    }
    replayer.replay.live.forEach { block in
      blocks.append(block)
      if blocks.count == Self.partBlocks { flush() }
    }
    flush()
    if let failure { throw failure }
    return parts
  }
}

/// A visitor that wants to know every block, for the sake of the walk's own memory of them.
struct EveryBlock: BlockVisitor {
  private(set) var now: UInt64 = 0

  mutating func open(thread: UInt32, number: UInt32) {}
  mutating func open(account: UInt32, node: UInt32) {}
  func tracks(thread: UInt32) -> Bool { true }
  func tracks(account: UInt32, sizeBytes: Int) -> Bool { true }
  mutating func advance(to nanoseconds: UInt64) { now = max(now, nanoseconds) }
  mutating func begin(_ block: TrackedBlock) {}
  mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {}
  mutating func pass(_ block: TrackedBlock) {}
  mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {}
  mutating func survive(_ block: TrackedBlock) {}
}
