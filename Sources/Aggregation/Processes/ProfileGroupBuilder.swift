import TraceFormat

/// Adds one profile after the other to a group. Of each only its figures, its time line and its
/// distinct stacks are kept, and of these what earlier ones had is kept once.
public struct ProfileGroupBuilder {
  private var members: [ProfileGroup.Member] = []
  private var unreadable: [ProfileGroup.Unreadable] = []
  private var stacks = GroupStacks()
  private var lines: [GroupTimeline.Line] = []
  private var totals = HeapTotals()
  private var counters = RecorderCounters()
  private var inventory = TraceInventory()
  private var troubles: [Trouble] = []
  private var untraced: [UntracedProgram] = []
  private var damage: [TraceDamage] = []
  private var marks: [(startRealtimeNanoseconds: Int64, mark: Mark)] = []

  private var threads: [(startRealtimeNanoseconds: Int64, thread: ThreadProfile)] = []

  public init() {}

  /// The numbers that the group gives what a trace has numbered for itself.
  public struct Numbers {
    /// By the trace's own stack.
    public let stacks: [StackID]
    public let threads: [ThreadID: ThreadID]
  }

  /// Whether nothing that could be read was added.
  public var isEmpty: Bool { members.isEmpty }

  /// Adds a trace. Linear in its stack tree and its time line.
  @discardableResult
  public mutating func add(_ profile: HeapProfile, path: String) -> Numbers {
    let (code, stackNumbers) = stacks.add(profile)
    members.append(
      ProfileGroup.Member(
        path: path, process: profile.process, totals: profile.totals,
        threads: profile.threads.count, fileBytes: profile.inventory.fileBytes,
        isDamaged: !profile.damage.isEmpty, code: code))
    lines.append(GroupTimeline.Line(profile))
    marks += profile.marks.map { (profile.process.startRealtimeNanoseconds, $0) }
    totals.add(profile.totals)
    counters = counters.adding(profile.counters)
    inventory.fileBytes += profile.inventory.fileBytes
    inventory.chunkEvents += profile.inventory.chunkEvents
    inventory.recoveredEvents += profile.inventory.recoveredEvents
    inventory.stackNodes += profile.inventory.stackNodes
    troubles += profile.troubles
    untraced += profile.untraced
    damage += profile.damage.map {
      TraceDamage(
        offset: $0.offset, skippedBytes: $0.skippedBytes, cause: "\($0.cause) (in \(path))")
    }
    return Numbers(stacks: stackNumbers, threads: addThreads(of: profile))
  }

  /// Every process numbers its threads from 1; the group numbers those of all.
  private mutating func addThreads(of profile: HeapProfile) -> [ThreadID: ThreadID] {
    var numbers: [ThreadID: ThreadID] = [:]
    for thread in profile.threads {
      let number = ThreadID(rawValue: UInt32(threads.count + 1))
      numbers[thread.id] = number
      threads.append(
        (
          profile.process.startRealtimeNanoseconds,
          thread.renumbered(number, ofProcess: profile.process.pid)
        ))
    }
    return numbers
  }

  /// Adds a file that cannot be read.
  public mutating func add(unreadable path: String, cause: String) {
    unreadable.append(ProfileGroup.Unreadable(path: path, cause: cause))
    damage.append(TraceDamage(offset: 0, cause: cause))
  }

  /// The finished group; `selection` is what the added profiles count, if not every block.
  ///
  /// - Precondition: not empty.
  public func group(
    timelinePoints: Int = LoadOptions().timelinePoints, selection: HeapSelection? = nil
  ) -> ProfileGroup {
    precondition(!members.isEmpty, "a group has a member")
    let ordered = ProcessTree.ordered(members)
    let timeline = GroupTimeline(lines)
    var process = ordered[0].process
    if ordered.count > 1 {
      let others = ordered.count - 1
      process.program += " and \(others) more process\(others == 1 ? "" : "es")"
    }
    process.startRealtimeNanoseconds = timeline.startRealtimeNanoseconds
    process.durationNanoseconds = timeline.durationNanoseconds
    process.isClosed = members.allSatisfy(\.process.isClosed)
    process.isBeingRecorded = members.contains { $0.process.isBeingRecorded }
    let peak = peakTogether(timeline, selection)
    var totals = totals
    totals.peakTimeNanoseconds = peak.timeNanoseconds
    var profile = HeapProfile(
      process: process, totals: totals, stacks: stacks.tree, costs: stacks.costs,
      modules: stacks.modules, threads: threads(from: timeline.startRealtimeNanoseconds),
      timeline: timeline.points(
        limit: timelinePoints, in: selection?.window ?? HeapQuery.wholeRun),
      marks: marks(from: timeline.startRealtimeNanoseconds), counters: counters, troubles: troubles,
      untraced: untraced, damage: damage,
      inventory: inventory,
      selection: selection)
    profile.traceCount = members.count
    profile.peakTogether = peak
    return ProfileGroup(members: ordered, unreadable: unreadable, profile: profile)
  }

  /// Blocks that are chosen by being live at one moment have no time line, and need none: their sum is
  /// what was live then.
  private func peakTogether(
    _ timeline: GroupTimeline, _ selection: HeapSelection?
  ) -> PeakTogether {
    guard let selection, selection.query.choice.isOfMoment else { return timeline.peak() }
    return PeakTogether(
      leastBytes: totals.liveBytes, mostBytes: totals.liveBytes,
      timeNanoseconds: selection.window.upperBound)
  }

  private func threads(from start: Int64) -> [ThreadProfile] {
    threads.map { own, thread in
      var thread = thread
      let offset = Self.offset(of: own, from: start)
      thread.startTimeNanoseconds &+= offset
      thread.endTimeNanoseconds = thread.endTimeNanoseconds.map { $0 &+ offset }
      return thread
    }
  }

  /// How much later than the group a process started.
  private static func offset(of own: Int64, from start: Int64) -> UInt64 {
    UInt64(clamping: own.subtractingReportingOverflow(start).partialValue)
  }

  /// The marks of all processes in the time of the group; each keeps the number that its own process
  /// gave the thread.
  private func marks(from start: Int64) -> [Mark] {
    marks.map { own, mark in
      mark.later(by: Self.offset(of: own, from: start))
    }.sorted { $0.timeNanoseconds < $1.timeNanoseconds }
  }
}
