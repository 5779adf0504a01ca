import CTraceFormat
import TraceFormat

/// What stood in the live region of a trace that was not closed: events that no chunk holds yet.
public struct LiveRegion: Sendable {
  /// A thread as its ring knew it.
  public struct RingOwner: Sendable, Hashable {
    public let thread: ThreadID
    public let tid: UInt32
    public let name: String
    public let startTimeNanoseconds: UInt64
  }

  /// The words to replay after the last chunk: first those of the staging areas, in order, then a run
  /// of each ring.
  public private(set) var runs: [RawRun] = []
  /// How many of the runs stood in staging areas.
  public private(set) var stagedRuns = 0
  public private(set) var owners: [RingOwner] = []
  public let counters: RecorderCounters
  public let end: ProcessEnd
  /// The recorder's last look at the clock.
  public let clockNanoseconds: UInt64
  /// The recorder's last look at the process's memory, which may be in no chunk.
  public let memory: MemorySample?
  /// As the recorder knew it last.
  public let order: RecordedOrder?
  public private(set) var damage: [TraceDamage] = []

  private let header: mt_live_header
  private let ringHeaderBytes: UInt64
  /// Of a process that runs: what threads did in this turn and later ones is of later moments. 0 if
  /// nothing is.
  public private(set) var turn: UInt64 = 0

  private let live: LiveBytes

  /// Most bytes of a staging area that are believed.
  static let mostStagingBytes = UInt64(MT_STAGING_BYTES_MAX)
  /// The live header has a page to itself.
  static let mostHeaderBytes = 4096

  /// Reads the region, or returns `nil` if the trace has none. What stands in a staging area is
  /// taken only if its batch comes after the given one, the last that stands in a chunk.
  ///
  /// - Throws: `TraceError` of kind `unreadable` only: what is damaged is left out and reported.
  public init?(_ file: TraceFile, afterBatch lastBatch: UInt64) throws(TraceError) {
    guard let live = file.live else { return nil }
    self.live = live
    let bytes = try live.read(at: 0, count: Self.mostHeaderBytes)
    guard
      let parts = bytes.withUnsafeBytes({ LiveHeader($0, major: file.header.versionMajor) })
    else { return nil }
    header = parts.header
    ringHeaderBytes = UInt64(header.ring_header_bytes)
    counters = RecorderCounters(values: parts.counters)
    end = ProcessEnd(header.end)
    clockNanoseconds = header.clock_ns
    memory = Self.memory(header)
    order = header.magic == UInt64(MT_LIVE_MAGIC) ? RecordedOrder(header.order) : nil
    guard header.magic == UInt64(MT_LIVE_MAGIC) else {
      damage.append(
        TraceDamage(
          offset: live.range.lowerBound, skippedBytes: UInt64(live.range.count),
          cause: "the live region was not set up"))
      return
    }
    turn = file.isBeingRecorded ? header.turn : 0
    try readStagings(after: lastBatch)
    if file.isBeingRecorded { try leaveOutLaterWords() }
    stagedRuns = runs.count
    try readRings()
  }

  /// Leaves out staged words that were in no ring yet at the copied moment.
  private mutating func leaveOutLaterWords() throws(TraceError) {
    guard let places = RingPlaces(header) else { return }
    var kept: [RawRun] = []
    var heads: [UInt32: UInt64] = [:]
    for run in runs {
      if heads[run.slot] == nil {
        let offset = header.rings_offset + places.offset(of: run.slot)
        let bytes = try live.read(at: offset, count: Int(ringHeaderBytes))
        heads[run.slot] = bytes.withUnsafeBytes {
          $0.count < Int(ringHeaderBytes)
            ? 0 : $0.load(mt_ring_header.self, at: 0, stored: $0.count).head
        }
      }
      let end = min(run.end, max(run.position, heads[run.slot] ?? 0))
      let words = run.words.prefix(Int(end - run.position))
      kept.append(
        RawRun(thread: run.thread, slot: run.slot, position: run.position, words: Array(words)))
    }
    runs = kept
  }

  private static func memory(_ header: mt_live_header) -> MemorySample? {
    guard header.magic == UInt64(MT_LIVE_MAGIC) else { return nil }
    return switch header.memory_latest {
    case 1: MemorySample(header.memory_samples.0)
    case 2: MemorySample(header.memory_samples.1)
    default: nil
    }
  }

  private mutating func readStagings(after lastBatch: UInt64) throws(TraceError) {
    let states = [header.staging.0, header.staging.1]
    let offsets = [header.staging_offset.0, header.staging_offset.1]
    let fresh = states.indices.filter { states[$0].batch > lastBatch }
      .sorted { states[$0].batch < states[$1].batch }
    for index in fresh {
      let words = min(states[index].committed_words, UInt64(header.staging_words))
      guard words * 8 <= Self.mostStagingBytes else {
        report(at: offsets[index], "a staging area is too large")
        continue
      }
      let bytes = try live.read(at: offsets[index], count: Int(words * 8))
      if bytes.count < Int(words * 8) { report(at: offsets[index], "a staging area is cut off") }
      do throws(TraceError) {
        let result: Result<[RawRun], TraceError> = bytes.withUnsafeBytes { buffer in
          do throws(TraceError) {
            return .success(try RawRun.parse(buffer))
          } catch { return .failure(error) }
        }
        runs += try result.get()
      } catch {
        report(at: offsets[index], error.cause)
      }
    }
  }

  private mutating func readRings() throws(TraceError) {
    let headerBytes = ringHeaderBytes
    guard let places = RingPlaces(header), header.rings_offset <= UInt64(live.range.count) else {
      return report(at: header.rings_offset, "the rings' place is out of range")
    }
    let slots = places.slots(in: UInt64(live.range.count) - header.rings_offset)
    // Where the words that a staging area already holds end, by slot.
    var seen: [UInt32: UInt64] = [:]
    for run in runs { seen[run.slot] = max(seen[run.slot] ?? 0, run.end) }

    for slot in 0..<slots {
      let offset = header.rings_offset + places.offset(of: slot)
      let bytes = try live.read(at: offset, count: Int(headerBytes))
      guard bytes.count == Int(headerBytes) else { break }
      let ring = bytes.withUnsafeBytes {
        $0.load(mt_ring_header.self, at: 0, stored: $0.count)
      }
      guard ring.thread != 0 else { continue }
      let thread = ThreadID(rawValue: ring.thread)
      owners.append(
        RingOwner(
          thread: thread, tid: ring.tid,
          name: withUnsafeBytes(of: ring.name) { Self.text($0) },
          startTimeNanoseconds: ring.start_time_ns))
      let capacity = (places.stride(of: slot) - headerBytes) / 8
      let start = max(ring.tail, seen[slot] ?? 0)
      guard start < ring.head else { continue }
      guard ring.head - start <= capacity else {
        report(at: offset, "a ring holds more words than it can")
        continue
      }
      let words = try readWords(
        start..<ring.head, capacity: capacity, at: offset + headerBytes)
      runs.append(RawRun(thread: thread, slot: slot, position: start, words: words))
    }
  }

  /// The words at ring positions, which wrap at the capacity.
  private func readWords(
    _ positions: Range<UInt64>, capacity: UInt64, at offset: UInt64
  ) throws(TraceError) -> [UInt64] {
    let first = positions.lowerBound % capacity
    let head = min(UInt64(positions.count), capacity - first)
    let pieces = [
      try live.read(at: offset + first * 8, count: Int(head * 8)),
      try live.read(
        at: offset, count: Int(UInt64(positions.count) - head) * 8),
    ]
    return pieces.flatMap { piece in
      piece.withUnsafeBytes { bytes in
        (0..<bytes.count / 8).map {
          bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
        }
      }
    }
  }

  private mutating func report(at offset: UInt64, _ cause: String) {
    let place = live.fileName.isEmpty ? cause : "\(cause), in the live file \(live.fileName)"
    damage.append(TraceDamage(offset: live.range.lowerBound &+ offset, cause: place))
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
