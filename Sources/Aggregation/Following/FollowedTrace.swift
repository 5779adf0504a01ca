import HeapModel
import TraceFormat
import TraceInput

/// A trace that is being recorded, followed step by step: each step reads what is new, and then tells of
/// the moment at which it looked.
///
/// The state of the replay stays, so that a step costs what was recorded since the last one, whatever
/// came before. What stands in rings and stagings is replayed for the moment and taken back, for it
/// comes again in a chunk: see `TraceReplayer.atThisMoment`. What a run says of itself is kept as far
/// as it tells of now: of memory the latest sample, of marks the latest few.
public final class FollowedTrace {
  /// Of the marks that were set, as many as are kept.
  private static let mostMarks = 100
  /// A trace that nobody closed is looked at so often after its process ended: whoever waited for the
  /// process may say how it ended.
  private static let looksAfterEnd = 3

  public private(set) var path: String
  /// What the last step found.
  public private(set) var now: FollowedMoment
  /// Whether the trace will not change any more.
  public private(set) var isOver = false

  private var file: TraceFile
  private let replayer: TraceReplayer
  /// From chunks alone.
  private var facts: RecordCollector
  private let identity: Identity
  private var looksSinceEnd = 0

  /// What tells a trace from another one at the same path.
  private struct Identity: Equatable {
    let nonce: [UInt8]
    let pid: UInt32
    let startTicks: UInt64
    let startRealtimeNanoseconds: Int64

    init(_ header: TraceHeader) {
      nonce = header.nonce
      pid = header.pid
      startTicks = header.processStartTicks
      startRealtimeNanoseconds = header.startRealtimeNanoseconds
    }
  }

  /// Opens the trace at a path and reads what it has up to now.
  ///
  /// - Throws: `TraceError`, as `HeapProfile.load(path:options:progress:)`.
  public convenience init(path: String, options: LoadOptions = LoadOptions()) throws(TraceError) {
    try self.init(TraceFile(path: path), path: path, options: options)
  }

  /// Begins with an opened trace.
  public init(
    _ file: TraceFile, path: String, options: LoadOptions = LoadOptions()
  ) throws(TraceError) {
    self.path = path
    self.file = file
    identity = Identity(file.header)
    replayer = TraceReplayer(
      file, timelinePoints: options.timelinePoints, decoderThreads: options.decoderThreads,
      sharedBlocks: options.sharedBlocks)
    facts = RecordCollector(file)
    now = FollowedMoment(process: facts.process)
    try advance(to: file)
  }

  /// Reads what was recorded since the last step. Does nothing once the trace is over.
  ///
  /// - Throws: `TraceError`; of kind `unreadable`, or whatever says that the file at the path is no trace
  ///   any more. A later step may succeed.
  public func step() throws(TraceError) {
    guard !isOver else { return }
    try step(to: TraceFile(path: path))
  }

  /// Reads what an anew opened trace has beyond the last step's.
  public func step(to file: TraceFile) throws(TraceError) {
    guard Identity(file.header) == identity else {
      now.state = .replaced
      isOver = true
      return
    }
    try advance(to: file)
  }

  /// Whether a file has the same trace, by its header.
  public func isSame(as file: TraceFile) -> Bool { Identity(file.header) == identity }

  /// The file was given another name.
  public func move(to path: String) { self.path = path }

  private func advance(to file: TraceFile) throws(TraceError) {
    self.file = file
    try replayer.advance(to: file)
    facts.look(at: file)
    for record in replayer.takeRecords() { facts.add(record) }
    if let latest = facts.memorySamples.last { facts.memorySamples = [latest] }
    facts.accounts.removeAll()  // Of no use without the addresses of live blocks.
    if facts.marks.count > Self.mostMarks {
      facts.marks.removeFirst(facts.marks.count - Self.mostMarks)
    }
    let facts = facts
    now = try replayer.atThisMoment { [replayer] in
      FollowedMoment(replayer.outcomeAtThisMoment(), facts)
    }
    if file.isBeingRecorded { return }
    looksSinceEnd += 1
    isOver =
      file.header.isClosed || looksSinceEnd > Self.looksAfterEnd
      || now.process.end.reason != .unknown && file.missing == nil
  }

  /// The profile of the moment of the last step, as if the run had ended there. Of live blocks the
  /// sizes are not known, of threads not what they hold. O(stacks).
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public func profile() throws(TraceError) -> HeapProfile {
    let (file, facts) = (file, facts)
    return try replayer.atThisMoment { [replayer] in
      let result = replayer.resultAtThisMoment()
      var profile = ProfileBuilder(file, result, facts).build()
      profile.mappings = result.mappings
      return profile
    }
  }
}
