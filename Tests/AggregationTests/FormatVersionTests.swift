import Aggregation
import CTraceFormat
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

/// What a reader makes of traces of earlier versions, and of what later ones of its own major version
/// may add.
@Suite struct FormatVersionTests {
  private static let count = 2000

  private func operations(_ seed: UInt64, base: UInt64 = 0x1000) -> [TestOperation] {
    var history = RandomHistory(seed: seed)
    // So many blocks live at once that releases name allocations of all ages up to the limit.
    history.addresses = 400
    history.base = base
    return history.operations(Self.count)
  }

  private func builder(major: Int = 2, minor: Int = 0) -> TraceBuilder {
    InventedTrace.builder(stacks: 7, major: major, minor: minor)
  }

  /// A killed program's trace: the first half in a batch, the rest in a staging area.
  private func killed(_ operations: [TestOperation], _ builder: TraceBuilder) -> [UInt8] {
    var builder = builder
    let half = operations.count / 2
    builder.appendBatch(Array(operations[..<half]))
    var encoder = TestRawEncoder(isShared: true)
    for operation in operations[..<half] { _ = encoder.encode(operation) }
    var live = TestLiveRegion()
    live.headerBytes = Int(builder.header.page_bytes)
    live.stagingWords = 1 << 14
    live.lostEvents = 3
    live.stagings = [
      (
        2,
        operations[half...].flatMap {
          TestRawEncoder.run(
            thread: $0.thread, slot: $0.thread, position: 0, encoder.encode($0))
        }
      )
    ]
    live.rings = [TestLiveRegion.Ring(thread: 50, words: TestRawEncoder.time(5))]
    return builder.open(live: live)
  }

  private func expect(
    _ bytes: [UInt8], equals operations: [TestOperation], _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let profile = try InventedTrace.profile(bytes)
    let heap = NaiveHeap(operations)
    #expect(profile.damage == [], comment, sourceLocation: sourceLocation)
    #expect(
      InventedTrace.costs(profile) == heap.costs, comment, sourceLocation: sourceLocation)
    #expect(profile.totals.peakBytes == heap.peakBytes, comment, sourceLocation: sourceLocation)
    #expect(
      profile.totals.unknownFrees == heap.unknownFrees, comment, sourceLocation: sourceLocation)
  }

  @Test("Version 1 is read: its ages go up to 248, its headers are shorter", arguments: [0, 1])
  func version1(minor: Int) throws {
    for seed in 0..<20 as Range<UInt64> {
      let operations = operations(seed)
      var builder = builder(major: 1, minor: minor)
      try expect(killed(operations, builder), equals: operations, "killed, seed \(seed)")
      builder.appendBatch(operations)
      try expect(builder.closed(), equals: operations, "closed, seed \(seed)")
    }
  }

  @Test("The last ages of version 1 name their blocks; in version 2 their codes are reserved")
  func lastAges() throws {
    for age in 239...250 {
      let blocks = (1...age).map {
        TestOperation.allocate(thread: 1, address: UInt64($0) * 64, size: UInt64($0), stack: 1)
      }
      let operations = blocks + [.release(thread: 1, address: 64)]
      for major in 1...2 {
        var builder = builder(major: major, minor: 0)
        builder.appendBatch(operations)
        try expect(builder.closed(), equals: operations, "version \(major), age \(age)")
      }
    }
  }

  @Test("Headers that a later minor version made longer are read") func longerHeaders() throws {
    let operations = operations(3)
    var builder = builder(minor: 9)
    builder.growth = 24
    try expect(killed(operations, builder), equals: operations, "killed")
    builder.appendBatch(operations)
    try expect(builder.closed(), equals: operations, "closed")
  }

  @Test("Events of an unknown space, and of reserved operations, are passed over")
  func passedOver() throws {
    for seed in 0..<10 as Range<UInt64> {
      let known = operations(seed)
      var random = SplitMix(state: seed)
      // Another thread's blocks of another space stand at the same addresses.
      var history = RandomHistory(seed: seed ^ 99)
      let foreign = history.operations(Self.count)
        .filter { if case .restore = $0 { false } else { true } }
        .map { $0.moved(toThread: 40) }
      var mixed: [TestOperation] = []
      for (own, other) in zip(known, foreign) {
        mixed.append(own)
        mixed.append(other)
        if random.next(5) == 0 {
          mixed.append(.reserved(thread: 2, code: 249 + UInt8(random.next(7))))
        }
      }
      var builder = builder(minor: 1)
      builder.foreignThreads = [40]
      for start in stride(from: 0, to: mixed.count, by: 500) {
        builder.appendBatch(Array(mixed[start..<min(start + 500, mixed.count)]))
      }
      try expect(
        builder.closed(), equals: Array(known.prefix(min(known.count, foreign.count))),
        "seed \(seed)")
    }
  }

  @Test("Raw words of an unknown space, and of unknown kinds, are passed over") func rawPassedOver()
    throws
  {
    var encoder = TestRawEncoder()
    let block = TestOperation.allocate(thread: 1, address: 64, size: 10, stack: 1)
    let words =
      encoder.encode(block) + TestRawEncoder.prefix(64, space: 3) + encoder.encode(block)
      + TestRawEncoder.other([1, 2, 3]) + TestRawEncoder.turn(7, isTaken: true)
      + encoder.encode(.allocate(thread: 1, address: 128, size: 20, stack: 2))
    var builder = builder()
    builder.appendRaw(TestRawEncoder.run(thread: 1, slot: 0, position: 0, words))
    let profile = try InventedTrace.profile(builder.closed())
    #expect(profile.damage == [])
    #expect(profile.totals.leakedAllocations == 2)
    #expect(profile.totals.leakedBytes == 30)
  }

  @Test("Addresses up to 2^56 are as good as others", arguments: [47, 48, 55] as [UInt64])
  func farAddresses(bits: UInt64) throws {
    for seed in 0..<8 as Range<UInt64> {
      // The lowest stand below the limit of a word, the others behind it.
      let operations = operations(seed, base: 1 << bits - 3200)
      var closed = builder()
      closed.appendBatch(operations)
      try expect(closed.closed(), equals: operations, "closed, 2^\(bits), seed \(seed)")
      try expect(
        killed(operations, builder()), equals: operations, "killed, 2^\(bits), seed \(seed)")
    }
  }

  @Test("Pages of 64 KiB are no other trace", arguments: [4096, 16384, 65536] as [UInt32])
  func pages(bytes: UInt32) throws {
    let operations = operations(11)
    var builder = builder()
    builder.header.page_bytes = bytes
    let trace = killed(operations, builder)
    try expect(trace, equals: operations, "pages of \(bytes)")
    let profile = try InventedTrace.profile(trace)
    #expect(profile.process.pageBytes == Int(bytes))
    #expect(profile.counters.lostEvents == 3)
  }

  @Test("A page size that no machine has is damage") func impossiblePages() {
    var builder = builder()
    builder.header.page_bytes = 5000
    #expect(throws: TraceError.self) { try InventedTrace.profile(builder.closed()) }
  }

  @Test("The header's second part has its own checksum") func secondPart() {
    var bytes = builder().closed()
    bytes[Int(MT_V1_FILE_HEADER_BYTES) + 30] ^= 1
    #expect {
      try InventedTrace.profile(bytes)
    } throws: { error in
      (error as? TraceError)?.cause.contains("second part") == true
    }
  }

  @Test("A frame that is no address is described by the trace") func locations() throws {
    let line = pythonLine + 5
    var builder = TraceBuilder()
    builder.appendRecords(
      TestRecords.location(line, function: "handle", file: "/srv/app.py", line: 31))
    builder.appendStacks([
      (id: 1, parent: 0, programCounter: 0x40_0000), (id: 2, parent: 1, programCounter: line),
    ])
    builder.appendBatch([.allocate(thread: 1, address: 64, size: 10, stack: 2)])
    let profile = try InventedTrace.profile(builder.closed())
    let stack = try #require(profile.costs.first).stack
    let counter = profile.stacks.programCounter(of: stack)
    #expect(counter.kind == .recorded && !counter.isAddress)
    #expect(
      profile.stacks.locations[profile.stacks.locationIndex(of: stack)].recorded
        == RecordedLocation(function: "handle", file: "/srv/app.py", line: 31))
  }

  /// A line of a Python function with number 0, as a program counter.
  private let pythonLine: UInt64 =
    0x3fff << UInt64(MT_PC_INCARNATION_SHIFT)
    | UInt64(MT_LOCATION_PYTHON.rawValue) << UInt64(MT_PC_LOCATION_KIND_SHIFT)

  @Test("The incarnation that means a recorded location was a module's in version 1")
  func lastIncarnation() throws {
    let incarnation: UInt64 = 0x3fff << UInt64(MT_PC_INCARNATION_SHIFT)
    var builder = TraceBuilder(major: 1, minor: 1)
    builder.appendRecords(
      TestRecords.moduleLoad(
        id: 1, range: 0x40_0000..<0x50_0000, path: "/x", incarnation: 0x3fff))
    builder.appendStacks([(id: 1, parent: 0, programCounter: 0x40_1000 | incarnation)])
    builder.appendBatch([.allocate(thread: 1, address: 64, size: 10, stack: 1)])
    let profile = try InventedTrace.profile(builder.closed())
    let stack = try #require(profile.costs.first).stack
    #expect(profile.stacks.module(of: stack) == ModuleID(rawValue: 1))
  }
}

extension TestOperation {
  /// The same of another thread.
  fileprivate func moved(toThread thread: UInt32) -> TestOperation {
    switch self {
    case .allocate(_, let address, let size, let stack, let origin):
      .allocate(thread: thread, address: address, size: size, stack: stack, origin)
    case .release(_, let address): .release(thread: thread, address: address)
    case .releaseOf(_, let owner, let sequence, let address):
      .releaseOf(thread: thread, owner: owner, sequence: sequence, address: address)
    case .restore(_, let address): .restore(thread: thread, address: address)
    case .mark(_, let label, let kind, let phase):
      .mark(thread: thread, label: label, kind: kind, phase: phase)
    case .reserved(_, let code): .reserved(thread: thread, code: code)
    }
  }
}
