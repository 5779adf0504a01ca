import Aggregation
import Reports
import Testing
import TraceFormat

@Suite struct NoticeTests {
  private func kinds(_ fixture: ProfileFixture) -> [Notice.Kind] {
    fixture.trace.notices.map(\.kind)
  }

  @Test("A sound trace needs no notice") func sound() {
    #expect(ProfileFixture.typical.trace.notices.isEmpty)
  }

  @Test("Damage comes first and is counted") func damage() {
    var fixture = ProfileFixture.typical
    fixture.totals.lostEvents = 3
    fixture.damage = (0..<5).map {
      TraceDamage(offset: UInt64($0) * 100, skippedBytes: 40, cause: "checksum \($0)")
    }
    let notices = fixture.trace.notices
    #expect(notices.map(\.kind) == [.damage, .lostEvents])
    #expect(notices[0].message.contains("5 parts"))
    #expect(notices[0].message.contains("200 B"))
    #expect(notices[0].message.contains("checksum 2") && notices[0].message.contains("2 more"))
  }

  @Test("Lost events are told with their reasons") func lost() {
    var fixture = ProfileFixture.typical
    fixture.totals.lostEvents = 1_007
    var values = [UInt64](repeating: 0, count: 16)
    values[0] = 1_007
    values[3] = 1_000
    values[1] = 7
    fixture.counters = RecorderCounters(values: values)
    let message = fixture.trace.notices[0].message
    #expect(message.hasPrefix("1,007 allocations and frees were not recorded: 1,000 dropped"))
    #expect(message.contains("7 in signal handlers"))
  }

  @Test("Children that record nothing are counted") func children() {
    var fixture = ProfileFixture.typical
    var values = [UInt64](repeating: 0, count: 32)
    values[16] = 1_200
    fixture.counters = RecorderCounters(values: values)
    let notices = fixture.trace.notices
    #expect(notices.map(\.kind) == [.untraced])
    #expect(
      notices[0].message == "1,200 processes of this run could not be traced: 1,200 children "
        + "forked by a signal handler within an allocation, or under a seccomp filter.")
  }

  @Test("An empty trace says why it may be empty") func empty() {
    var fixture = ProfileFixture()
    fixture.inventory.groups = [TraceInventory.ChunkGroup(name: "records")]
    #expect(kinds(fixture) == [.noEvents])
    #expect(fixture.trace.notices[0].message.contains("allocator linked into the executable"))
  }

  @Test("A trace of a header alone says nothing of the program") func headerAlone() {
    var fixture = ProfileFixture()
    let notices = fixture.trace.notices
    #expect(notices.map(\.kind) == [.noEvents])
    #expect(notices[0].message.hasPrefix("Nothing was written to the trace after its header"))
    // Of a trace that was cut there nobody can say so.
    fixture.damage = [TraceDamage(offset: 4096, skippedBytes: 9, cause: "test")]
    #expect(fixture.trace.notices[1].message.hasPrefix("Nothing behind the trace's header"))
  }

  /// A program with some memory and modules, and a sample of each moment.
  private func resident(
    _ samples: [(anonymous: UInt64, own: UInt64)], live: [Int], modules: [String] = []
  ) -> ProfileFixture {
    var fixture = ProfileFixture.typical
    fixture.totals.leakedBytes = live.last ?? 0
    fixture.timeline = live.enumerated().map { index, level in
      TimelinePoint(
        timeNanoseconds: UInt64(index + 1) * 1_000_000_000, liveBytes: level, minimumBytes: level,
        maximumBytes: level, liveAllocations: 1, allocations: 1, allocatedBytes: 1)
    }
    fixture.memorySamples = samples.enumerated().map { index, sample in
      MemorySample(
        timeNanoseconds: UInt64(index + 1) * 1_000_000_000,
        residentBytes: sample.anonymous + 50_000_000, virtualBytes: 1 << 30,
        highWaterBytes: sample.anonymous + 60_000_000,
        parts: MemorySample.Parts(
          anonymousBytes: sample.anonymous, fileBytes: 50_000_000, sharedBytes: 0,
          ownAnonymousBytes: sample.own))
    }
    for (number, path) in modules.enumerated() {
      fixture.modules.append(
        Module(
          id: ModuleID(rawValue: UInt32(number + 2)), path: path, base: 0x100_0000,
          addresses: 0x100_0000..<0x200_0000, buildID: []))
    }
    return fixture
  }

  @Test("Memory far above the heap is named with what may hold it") func residentAboveHeap() {
    let python = resident(
      [(300 << 20, 1 << 20)], live: [10 << 20], modules: ["/usr/lib/libpython3.11.so.1.0"])
    #expect(kinds(python) == [.residentAboveHeap])
    #expect(python.trace.notices[0].message.contains("--python-objects"))
    var tried = python
    tried.process.environment = ["PYTHONMALLOC=malloc"]
    #expect(tried.trace.notices[0].message.contains("indexer, or a library of it, maps memory"))
    let polars = resident(
      [(300 << 20, 0)], live: [10 << 20], modules: ["/venv/polars/polars.abi3.so"])
    #expect(polars.trace.notices[0].message.contains("jemalloc or mimalloc under names"))
  }

  @Test("Where the heap was as large before, the allocator keeps it") func retained() {
    let retained = resident(
      [(300 << 20, 0), (300 << 20, 0)], live: [290 << 20, 4 << 20],
      modules: ["/usr/lib/libpython3.11.so.1.0"])
    let message = retained.trace.notices[0].message
    #expect(message.contains("malloc_trim(0)") && !message.contains("PYTHONMALLOC"))
  }

  @Test("File pages, the recorder's own and a heap of that size are no reason")
  func residentByRight() {
    #expect(kinds(resident([(12 << 20, 0)], live: [1 << 20])).isEmpty)
    #expect(kinds(resident([(300 << 20, 290 << 20)], live: [1 << 20])).isEmpty)
    #expect(kinds(resident([(300 << 20, 0)], live: [200 << 20])).isEmpty)
  }

  @Test("The most resident is the kernel's high-water mark") func highWater() {
    var output = ""
    SummaryReport(resident([(100 << 20, 0)], live: [90 << 20]).trace, limit: 1)
      .writeText(to: &output, style: TextStyle())
    #expect(output.contains("157 MiB   the most at any moment"))
    #expect(output.contains("anonymous and resident, 90.0 MiB live: 10.0 MiB more"))
  }

  @Test("A killed program's trace is told from a damaged one") func killed() {
    var fixture = ProfileFixture.typical
    fixture.process.isClosed = false
    #expect(fixture.trace.notices.map(\.severity) == [.note])
    #expect(kinds(fixture) == [.notClosed])
  }

  @Test("Only a process that allocated more is named, and the largest of them") func relatives() {
    var fixture = ProfileFixture.typical
    fixture.relatives = [
      RelatedTrace(path: "trace.sh.1.bin", program: "sh", pid: 1, allocations: 1, allocatedBytes: 1)
    ]
    #expect(kinds(fixture).isEmpty)
    for index in 2...4 {
      fixture.relatives.append(
        RelatedTrace(
          path: "trace.cc.\(index).bin", program: "cc", pid: UInt32(index), allocations: 5,
          allocatedBytes: 1_000_000_000 * index))
    }
    #expect(kinds(fixture) == [.largerProcess])
    #expect(fixture.trace.notices[0].message.contains("trace.cc.4.bin"))
  }

  @Test("Recording that stopped says when and why") func stopped() {
    var fixture = ProfileFixture.typical
    fixture.troubles = [Trouble(timeNanoseconds: 1_500_000_000, kind: .writeFailed(errno: 28))]
    let message = fixture.trace.notices[0].message
    #expect(message.contains("1.50 s") && message.contains("No space left on device"))
  }
}
