import TraceFormat

/// Follows what is live between given moments: for each phase what was live when it began, at most and
/// when it ended, and what was allocated meanwhile.
///
/// A thread's phase begins and ends where its marks stand among the thread's events: what the thread did
/// in it is exact, whatever others did meanwhile. A free-standing one is of all threads, and its moments
/// are times. A moment costs time in the phases that are open, an event none in them. Memory is linear
/// in the phases and threads.
package struct BlockPhases: BlockVisitor {
  /// A phase as it is asked for.
  package struct Span: Sendable {
    /// Whose allocations count; all threads' if `nil`.
    let thread: UInt32?
    let start: UInt64
    /// `nil` for the end of the trace.
    let end: UInt64?

    package init(thread: UInt32?, start: UInt64, end: UInt64?) {
      self.thread = thread
      self.start = start
      self.end = end
    }
  }

  /// What a phase cost.
  package struct Costs: BitwiseCopyable, Sendable {
    package var initialBytes = 0
    package var initialBlocks = 0
    package var peakBytes = 0
    package var finalBytes = 0
    package var finalBlocks = 0
    package var allocations = 0
    package var allocatedBytes = 0
    /// Blocks of the phase's threads that ended in it, before their thread's next allocation.
    package var temporaries = 0
  }

  private struct Counters: BitwiseCopyable {
    var allocations = 0
    var allocatedBytes = 0
    var temporaries = 0
  }

  private struct Edge {
    let time: UInt64
    let phase: Int
    let isBegin: Bool
  }

  private let query: BlockQuery
  private let spans: [Span]
  /// Of free-standing phases.
  private let edges: [Edge]
  private var nextEdge = 0
  /// By thread: those of its phases that have not begun, in the order in which they do, reversed.
  private var upcoming: [UInt32: [Int]]
  /// By thread: those of its phases that have begun and not ended, the innermost last.
  private var nested: [UInt32: [Int]] = [:]
  package private(set) var costs: [Costs]
  private var open: Set<Int> = []
  private var isTracked: [Bool] = []
  private var isThreadChosen: [Bool] = []
  /// By the place in the replay's threads.
  private var counters: [Counters] = []
  private var placeOfThread: [UInt32: Int] = [:]
  private var all = Counters()
  private var liveBytes = 0
  private var liveBlocks = 0
  /// Since the last edge.
  private var peakBytes = 0

  /// Prepares the phases, all that the trace has, in the order in which they begin; of the query its
  /// conditions on stacks, threads and sizes count.
  package init(_ query: BlockQuery, _ spans: [Span]) {
    self.query = query
    self.spans = spans
    costs = Array(repeating: Costs(), count: spans.count)
    // Edges of one time stay in the order of the phases; each begins before it ends.
    edges = spans.enumerated().filter { $0.element.thread == nil }.flatMap { number, span in
      [Edge(time: span.start, phase: number, isBegin: true)]
        + (span.end.map { [Edge(time: $0, phase: number, isBegin: false)] } ?? [])
    }.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element)
    upcoming = Dictionary(grouping: spans.indices.reversed()) { spans[$0].thread ?? .max }
  }

  package mutating func open(thread: UInt32, number: UInt32) {
    placeOfThread[number] = counters.count
    counters.append(Counters())
    isThreadChosen.append(query.threads?.contains(number) ?? true)
  }

  package mutating func open(account: UInt32, node: UInt32) {
    isTracked.append(query.groupOfNode(node) != nil)
  }

  package func tracks(thread: UInt32) -> Bool { isThreadChosen[Int(thread)] }

  package func tracks(account: UInt32, sizeBytes: Int) -> Bool {
    isTracked[Int(account)] && query.sizes?.contains(sizeBytes) ?? true
  }

  package mutating func count(allocations: Int) {}

  package mutating func advance(to nanoseconds: UInt64) {
    while nextEdge < edges.count, edges[nextEdge].time <= nanoseconds { passEdge() }
  }

  private mutating func passEdge() {
    let edge = edges[nextEdge]
    nextEdge += 1
    keepPeaks()
    if edge.isBegin { begin(edge.phase) } else { end(edge.phase) }
  }

  package mutating func pass(_ mark: Mark) {
    guard mark.phase == 0 else { return }
    let thread = mark.thread.rawValue
    switch mark.kind {
    case .phaseBegin:
      guard let phase = upcoming[thread]?.popLast() else { return }
      keepPeaks()
      begin(phase)
      nested[thread, default: []].append(phase)
    case .phaseEnd:
      guard let phase = nested[thread]?.popLast() else { return }
      keepPeaks()
      end(phase)
    case .mark, .snapshot, .threshold, .pause, .resume: break
    }
  }

  private mutating func keepPeaks() {
    for phase in open { costs[phase].peakBytes = max(costs[phase].peakBytes, peakBytes) }
    peakBytes = liveBytes
  }

  private func counters(of phase: Int) -> Counters {
    guard let thread = spans[phase].thread else { return all }
    return placeOfThread[thread].map { counters[$0] } ?? Counters()
  }

  /// The counters are kept as what is to be taken from those at the end.
  private mutating func begin(_ phase: Int) {
    let before = counters(of: phase)
    costs[phase] = Costs(
      initialBytes: liveBytes, initialBlocks: liveBlocks, peakBytes: liveBytes,
      allocations: -before.allocations, allocatedBytes: 0 &- before.allocatedBytes,
      temporaries: -before.temporaries)
    open.insert(phase)
  }

  private mutating func end(_ phase: Int) {
    guard open.remove(phase) != nil else { return }
    let after = counters(of: phase)
    costs[phase].finalBytes = liveBytes
    costs[phase].finalBlocks = liveBlocks
    costs[phase].allocations += after.allocations
    costs[phase].allocatedBytes &+= after.allocatedBytes
    costs[phase].temporaries += after.temporaries
  }

  package mutating func begin(_ block: TrackedBlock) {
    count(block)
    add(block)
  }

  private mutating func add(_ block: TrackedBlock) {
    liveBytes &+= block.sizeBytes
    liveBlocks += 1
    peakBytes = max(peakBytes, liveBytes)
  }

  private mutating func count(_ block: TrackedBlock) {
    let thread = Int(block.thread)
    counters[thread].allocations += 1
    counters[thread].allocatedBytes &+= block.sizeBytes
    all.allocations += 1
    all.allocatedBytes &+= block.sizeBytes
  }

  private mutating func count(temporary block: TrackedBlock, _ sign: Int) {
    counters[Int(block.thread)].temporaries += sign
    all.temporaries += sign
  }

  package mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {
    liveBytes &-= block.sizeBytes
    liveBlocks -= 1
    if end.isTemporary { count(temporary: block, 1) }
  }

  package mutating func pass(_ block: TrackedBlock) { count(block) }

  package mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {
    if end.isTemporary { count(temporary: block, -1) }
    add(block)
  }

  package mutating func survive(_ block: TrackedBlock) {}

  /// The trace is over; so are the phases that did not end.
  mutating func finish() {
    while nextEdge < edges.count { passEdge() }
    keepPeaks()
    for phase in open.sorted() { end(phase) }
  }
}

extension TraceReplayer {
  /// Replays the trace and follows what is live between the edges of phases.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func run(
    _ phases: BlockPhases, progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> [BlockPhases.Costs] {
    let walk = BlockWalk(phases)
    try run(walk, progress: progress)
    var phases = walk.visitor
    phases.finish()
    return phases.costs
  }
}
