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

  /// By path: the numbers in the group of a trace's own stacks, if they are kept.
  public private(set) var stackNumbers: [String: [StackID]] = [:]
  private let keepsStackNumbers: Bool

  public init(keepsStackNumbers: Bool = false) { self.keepsStackNumbers = keepsStackNumbers }

  /// Whether nothing that could be read was added.
  public var isEmpty: Bool { members.isEmpty }

  /// Adds a trace. Linear in its stack tree and its time line.
  public mutating func add(_ profile: HeapProfile, path: String) {
    let (code, numbers) = stacks.add(profile)
    if keepsStackNumbers { stackNumbers[path] = numbers }
    members.append(
      ProfileGroup.Member(
        path: path, process: profile.process, totals: profile.totals,
        threads: profile.threads.count, fileBytes: profile.inventory.fileBytes,
        isDamaged: !profile.damage.isEmpty, code: code))
    lines.append(GroupTimeline.Line(profile))
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
    let peak = timeline.peak()
    var totals = totals
    totals.peakTimeNanoseconds = peak.timeNanoseconds
    var profile = HeapProfile(
      process: process, totals: totals, stacks: stacks.tree, costs: stacks.costs,
      modules: stacks.modules, timeline: timeline.points(limit: timelinePoints),
      counters: counters, troubles: troubles, untraced: untraced, damage: damage,
      inventory: inventory,
      selection: selection)
    profile.traceCount = members.count
    return ProfileGroup(
      members: ordered, unreadable: unreadable, profile: profile, peakTogether: peak)
  }
}

extension HeapTotals {
  /// Adds another process's sums; peaks are added as they are, whenever each was.
  mutating func add(_ other: HeapTotals) {
    allocations += other.allocations
    frees += other.frees
    unknownFrees += other.unknownFrees
    inheritedFrees += other.inheritedFrees
    allocatedBytes &+= other.allocatedBytes
    peakBytes &+= other.peakBytes
    peakAllocations += other.peakAllocations
    peakErrorBytes = peakErrorBytes.flatMap { own in other.peakErrorBytes.map { own + $0 } }
    leakedAllocations += other.leakedAllocations
    leakedBytes &+= other.leakedBytes
    liveAllocations += other.liveAllocations
    liveBytes &+= other.liveBytes
    temporaryAllocations += other.temporaryAllocations
    reallocations += other.reallocations
    supersededBlocks += other.supersededBlocks
    lostEvents += other.lostEvents
    shortLivedAllocations += other.shortLivedAllocations
    movedAllocations += other.movedAllocations
    resizedAllocations += other.resizedAllocations
    wastedBytes &+= other.wastedBytes
    copiedBytes &+= other.copiedBytes
  }
}
