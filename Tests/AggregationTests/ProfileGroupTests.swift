import Testing
import TraceFormat
import TraceTestSupport

@testable import Aggregation

/// Several profiles as one group: sums, stacks that meet, descent, and what is known of the peak.
@Suite("Several traces as one") struct ProfileGroupTests {
  /// A process whose one module stands at `base`, with a stack of two frames that allocated.
  private func profile(
    pid: UInt32, parent: UInt32 = 1, ticks: UInt64 = 5, start: Int64 = 0, base: UInt64 = 0x1000,
    path: String = "/bin/demo", bytes: Int = 10, timeline: [TimelinePoint] = [],
    peak: (bytes: Int, time: UInt64) = (0, 0)
  ) -> HeapProfile {
    var process = TracedProcess(program: "p\(pid)")
    process.pid = pid
    process.parentPID = parent
    process.processStartTicks = ticks
    process.startRealtimeNanoseconds = start
    var totals = HeapTotals()
    totals.allocations = 1
    totals.allocatedBytes = bytes
    totals.peakBytes = peak.bytes
    totals.peakTimeNanoseconds = peak.time
    let module = Module(
      id: ModuleID(rawValue: 7), path: path, base: base, addresses: base..<base + 0x1000)
    var cost = StackCost(stack: StackID(rawValue: 2))
    cost.allocations = 1
    cost.allocatedBytes = bytes
    let counters = [0, base + 0x10, base + 0x20].map(ProgramCounter.init)
    return HeapProfile(
      process: process, totals: totals,
      stacks: StackTree(
        parents: [.root, .root, StackID(rawValue: 1)], programCounters: counters,
        modules: [nil, module.id, module.id]),
      costs: [cost], modules: [module], timeline: timeline)
  }

  private func group(_ profiles: [HeapProfile]) -> ProfileGroup {
    var builder = ProfileGroupBuilder()
    for profile in profiles { builder.add(profile, path: "\(profile.process.pid).bin") }
    return builder.group()
  }

  @Test("Stacks through the same offsets of the same file meet")
  func stacksThroughTheSameOffsetsOfTheSameFileMeet() {
    let group = group([
      profile(pid: 1, base: 0x1000, bytes: 10), profile(pid: 2, base: 0x70_0000, bytes: 5),
    ])
    #expect(group.profile.modules.count == 1)
    #expect(group.profile.costs.map(\.allocatedBytes) == [15])
    #expect(group.profile.totals.allocatedBytes == 15)
    #expect(group.profile.stacks.count == 3)
    let address = group.profile.stacks.programCounter(of: StackID(rawValue: 2)).address
    #expect(address == 0x1020)
  }

  @Test("Stacks of other files at the same addresses stay apart")
  func stacksOfOtherFilesAtTheSameAddressesStayApart() {
    let group = group([
      profile(pid: 1, path: "/bin/one"), profile(pid: 2, path: "/bin/two", bytes: 4),
    ])
    #expect(group.profile.costs.map(\.allocatedBytes) == [10, 4])
    let modules = group.profile.costs.map { group.profile.stacks.module(of: $0.stack) }
    #expect(modules.map { $0?.rawValue } == [1, 2])
  }

  @Test("Code outside of modules is each process's own, whatever its address")
  func codeOutsideOfModulesIsEachProcessesOwn() throws {
    var profiles = [profile(pid: 1, bytes: 10), profile(pid: 2, bytes: 4)]
    for index in profiles.indices {
      let stacks = StackTree(
        parents: [.root, .root, StackID(rawValue: 1)],
        programCounters: [0, 0x1010, 0x77_0000].map(ProgramCounter.init),
        modules: [nil, profiles[index].modules[0].id, nil])
      profiles[index] = HeapProfile(
        process: profiles[index].process, totals: profiles[index].totals, stacks: stacks,
        costs: profiles[index].costs, modules: profiles[index].modules)
    }
    let group = group(profiles)
    #expect(group.profile.costs.map(\.allocatedBytes) == [10, 4])
    let modules = group.profile.costs.map { group.profile.stacks.module(of: $0.stack) }
    #expect(modules == group.members.map(\.code.outside))
    #expect(Set(modules).count == 2)
    #expect(!group.profile.modules.contains { modules.contains($0.id) })
    let placed = try #require(group.members[1].code.modules[profiles[1].modules[0].id])
    #expect(placed.id == group.profile.modules[0].id)
    #expect(placed.distance == 0)
  }

  @Test("The marks of a program counter outlive its move")
  func marksOfProgramCountersOutliveTheMove() {
    let counter = ProgramCounter(rawValue: 0x8012_7000_0000_1234)
    let moved = counter.moved(to: 0x5678)
    #expect(moved.address == 0x5678)
    #expect(moved.kind == counter.kind)
    #expect(moved.isExact == counter.isExact)
    #expect(moved.incarnation == 0)
    #expect(!ProgramCounter.cut.isAddress)
  }

  @Test("Processes stand below their parents") func processesStandBelowTheirParents() {
    let group = group([
      profile(pid: 30, parent: 20, start: 300),
      profile(pid: 20, parent: 10, start: 200),
      profile(pid: 10, start: 100),
      // The second image of 20, and a later process that was given its number.
      profile(pid: 20, parent: 10, start: 250),
      profile(pid: 20, parent: 10, ticks: 9, start: 400),
      profile(pid: 40, parent: 20, ticks: 9, start: 500),
    ])
    let rows = group.members.map { "\($0.depth) \($0.process.startRealtimeNanoseconds)" }
    #expect(rows == ["0 100", "1 200", "1 250", "2 300", "1 400", "2 500"])
  }

  @Test("A parent whose trace began later still stands above its children")
  func aParentWhoseTraceBeganLater() {
    let group = group([
      profile(pid: 10, ticks: 1, start: 100),
      // Made by an image of 20 that was not traced.
      profile(pid: 30, parent: 20, ticks: 3, start: 200),
      profile(pid: 20, parent: 10, ticks: 2, start: 300),
      // A later process of the parent's number is no parent of older ones.
      profile(pid: 40, parent: 20, ticks: 4, start: 400),
      profile(pid: 20, parent: 10, ticks: 9, start: 500),
    ])
    let rows = group.members.map { "\($0.depth) \($0.process.startRealtimeNanoseconds)" }
    #expect(rows == ["0 100", "1 300", "2 200", "2 400", "1 500"])
  }

  @Test("Traces that name each other as parents are all there")
  func tracesThatNameEachOtherAsParents() {
    let group = group([
      profile(pid: 10, parent: 20, start: 100), profile(pid: 20, parent: 30, start: 200),
      profile(pid: 30, parent: 10, start: 300), profile(pid: 40, parent: 40, start: 400),
    ])
    #expect(Set(group.members.map(\.process.pid)) == [10, 20, 30, 40])
  }

  @Test("A group of one says what its trace says") func aGroupOfOneSaysWhatItsTraceSays() {
    let timeline = [point(10, 4, 0, 9), point(20, 0, 0, 4)]
    let group = group([profile(pid: 3, timeline: timeline, peak: (9, 6))])
    #expect(
      group.peakTogether == PeakTogether(leastBytes: 9, mostBytes: 9, timeNanoseconds: 6))
    #expect(group.profile.process.durationNanoseconds == 20)
    #expect(group.profile.timeline.last?.liveBytes == 0)
    #expect(group.profile.timeline.map(\.maximumBytes).max() == 9)
  }

  /// Histories of several processes, known to the nanosecond, against bounds from coarse time lines.
  @Test("The peak together and the time line lie within their bounds")
  func thePeakTogetherLiesWithinItsBounds() {
    var random = SplitMix(state: 11)
    for _ in 0..<200 {
      let count = Int(random.next(4)) + 1
      var exact = [Int](repeating: 0, count: 400)
      let profiles = (0..<count).map { number -> HeapProfile in
        let start = Int(random.next(100))
        let length = Int(random.next(200)) + 1
        var live = (0..<length).map { _ in Int(random.next(50)) }
        live[0] = 0
        for (time, bytes) in live.enumerated() { exact[start + time] += bytes }
        let width = Int(random.next(40)) + 1
        let line = stride(from: 0, to: length, by: width).map { begin in
          let part = live[begin..<min(begin + width, length)]
          return point(
            UInt64(part.endIndex), part[part.endIndex - 1], part.min() ?? 0, part.max() ?? 0)
        }
        let peak = live.max() ?? 0
        return profile(
          pid: UInt32(number + 1), start: Int64(start), timeline: line,
          peak: (peak, UInt64(live.firstIndex(of: peak) ?? 0)))
      }
      let seen = group(profiles)
      let peak = exact.max() ?? 0
      #expect(seen.peakTogether.leastBytes <= peak)
      #expect(seen.peakTogether.mostBytes >= peak)
      for point in seen.profile.timeline {
        let index = Int(point.timeNanoseconds) - 1
        let first = profiles.map(\.process.startRealtimeNanoseconds).min() ?? 0
        let bytes = exact[index + Int(first)]
        #expect(point.minimumBytes <= bytes)
        #expect(point.maximumBytes >= bytes)
      }
    }
  }

  @Test("A file that cannot be read is damage") func aFileThatCannotBeReadIsDamage() {
    var builder = ProfileGroupBuilder()
    builder.add(profile(pid: 1), path: "1.bin")
    builder.add(unreadable: "2.bin", cause: "2.bin: no trace")
    let group = builder.group()
    #expect(group.unreadable.map(\.path) == ["2.bin"])
    #expect(group.profile.damage.map(\.cause) == ["2.bin: no trace"])
  }

  private func point(_ time: UInt64, _ live: Int, _ least: Int, _ most: Int) -> TimelinePoint {
    TimelinePoint(
      timeNanoseconds: time, liveBytes: live, minimumBytes: least, maximumBytes: most,
      liveAllocations: 0, allocations: 0, allocatedBytes: 0)
  }
}
