import HeapModel
import TraceFormat

/// What one or several times of a phase cost. Live bytes are those of the whole process, of all threads;
/// what is allocated and temporary is of the phase's own thread, or of all threads if it is
/// free-standing.
public struct PhaseCosts: Sendable, Hashable {
  public var entered = 1
  public var timeNanoseconds: UInt64 = 0
  /// Of the first time.
  public var initialBytes = 0
  public var initialBlocks = 0
  /// The highest of all times.
  public var peakBytes = 0
  /// Of the last time.
  public var finalBytes = 0
  public var finalBlocks = 0
  /// The sum of what each time left more, or less, than it found.
  public var growthBytes = 0
  public var allocations = 0
  public var allocatedBytes = 0
  public var temporaryAllocations = 0

  init(_ costs: BlockPhases.Costs, timeNanoseconds: UInt64) {
    self.timeNanoseconds = timeNanoseconds
    initialBytes = costs.initialBytes
    initialBlocks = costs.initialBlocks
    peakBytes = costs.peakBytes
    finalBytes = costs.finalBytes
    finalBlocks = costs.finalBlocks
    growthBytes = costs.finalBytes &- costs.initialBytes
    allocations = costs.allocations
    allocatedBytes = costs.allocatedBytes
    temporaryAllocations = costs.temporaries
  }

  /// Adds a later time.
  public mutating func add(_ later: PhaseCosts) {
    entered += later.entered
    timeNanoseconds &+= later.timeNanoseconds
    peakBytes = max(peakBytes, later.peakBytes)
    finalBytes = later.finalBytes
    finalBlocks = later.finalBlocks
    growthBytes &+= later.growthBytes
    allocations += later.allocations
    allocatedBytes &+= later.allocatedBytes
    temporaryAllocations += later.temporaryAllocations
  }
}

/// The phases and snapshots of a trace with what was live meanwhile.
public struct MeasuredPhases: Sendable {
  /// In the order in which they began.
  public let phases: [(span: PhaseSpan, costs: PhaseCosts)]
  /// In the order of time.
  public let snapshots: [(mark: Mark, liveBytes: Int, liveBlocks: Int)]
}

extension HeapTrace {
  /// What each phase cost, and what was live at each snapshot, of the blocks that a query's conditions
  /// on stacks, threads and sizes choose. Its window chooses the phases and snapshots that begin in it.
  ///
  /// The trace's marks must have been read. Time is linear in the events and, at each edge of a phase,
  /// in the phases that are open; memory in the live blocks and the phases.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public func measuredPhases(
    _ query: HeapQuery = HeapQuery(), options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> MeasuredPhases {
    let spans = PhaseSpan.all(marks)
    let snapshots = marks.filter {
      $0.isSnapshot && query.window.contains($0.timeNanoseconds)
    }
    let asked =
      spans.map {
        BlockPhases.Span(
          thread: $0.thread?.rawValue, start: $0.startNanoseconds, end: $0.endNanoseconds)
      }
      + snapshots.map {
        BlockPhases.Span(thread: nil, start: $0.timeNanoseconds, end: $0.timeNanoseconds)
      }
    let found = try TraceReplayer(
      file, timelinePoints: 2, decoderThreads: options.decoderThreads,
      sharedBlocks: options.sharedBlocks
    ).run(BlockPhases(blockQuery(query), asked)) { bytes, events in
      progress?(
        LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
    }
    let inWindow = zip(spans, found).filter { query.window.contains($0.0.startNanoseconds) }
    let phases = inWindow.map { span, costs in
      let end = span.endNanoseconds ?? max(durationNanoseconds, span.startNanoseconds)
      return (span, PhaseCosts(costs, timeNanoseconds: end - span.startNanoseconds))
    }
    return MeasuredPhases(
      phases: phases,
      snapshots: zip(snapshots, found.dropFirst(spans.count)).map {
        ($0, $1.initialBytes, $1.initialBlocks)
      })
  }
}
