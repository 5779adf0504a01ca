import Aggregation
import CTraceFormat
import Testing
import TraceFormat
import TraceTestSupport

/// Each definition of a profile on a history small enough to count by hand.
@Suite("What a profile says") struct HeapProfileTests {
  private func profile(_ batches: [[TestOperation]], stacks: UInt32 = 4) throws -> HeapProfile {
    var builder = InventedTrace.builder(stacks: stacks)
    for batch in batches { builder.appendBatch(batch) }
    return try InventedTrace.profile(builder.closed())
  }

  private func allocate(
    _ address: UInt64, _ size: UInt64 = 10, thread: UInt32 = 1, stack: UInt32 = 1,
    _ origin: TestOperation.Origin = .fresh
  ) -> TestOperation {
    .allocate(thread: thread, address: address * 16, size: size, stack: stack, origin)
  }

  private func release(_ address: UInt64, thread: UInt32 = 1) -> TestOperation {
    .release(thread: thread, address: address * 16)
  }

  @Test("A realloc counts as an allocation and a free")
  func reallocation() throws {
    for batches in [
      [[allocate(1, 10), release(1), allocate(1, 30, .inPlace)]],
      [[allocate(1, 10)], [release(1)], [allocate(1, 30, .inPlace)]],
    ] {
      let totals = try profile(batches).totals
      #expect(totals.allocations == 2)
      #expect(totals.reallocations == 1)
      #expect(totals.frees == 1)
      #expect(totals.allocatedBytes == 40)
      #expect(totals.peakBytes == 30)
      #expect(totals.leakedBytes == 30)
      #expect(totals.temporaryAllocations == 1)
    }
  }

  @Test("A block is temporary if its thread did not allocate between, whoever frees it")
  func temporaries() throws {
    for split in [false, true] {
      let operations = [
        allocate(1), allocate(2, thread: 2), release(1, thread: 2),  // temporary
        allocate(3), allocate(4), release(3), release(4),  // only the second is
        allocate(5, thread: 2), release(5),  // temporary
      ]
      let totals = try profile(split ? operations.map { [$0] } : [operations]).totals
      #expect(totals.temporaryAllocations == 3, "split: \(split)")
      #expect(totals.frees == 4)
    }
  }

  @Test("The peak is the first highest moment, and belongs to the stacks that were live then")
  func peak() throws {
    let operations = [
      allocate(1, 100, stack: 1), allocate(2, 50, stack: 2), release(1),
      allocate(3, 100, stack: 3), release(2), allocate(4, 50, stack: 4),
    ]
    for split in [false, true] {
      let profile = try profile(split ? operations.map { [$0] } : [operations])
      let costs = InventedTrace.costs(profile)
      #expect(profile.totals.peakBytes == 150)
      #expect(profile.totals.peakAllocations == 2)
      #expect(costs.mapValues(\.peakBytes) == [1: 100, 2: 50, 3: 0, 4: 0])
      #expect(costs.mapValues(\.liveBytes) == [1: 0, 2: 0, 3: 100, 4: 50])
    }
  }

  @Test("A release of a block that was never allocated is a free apart")
  func unknownFree() throws {
    let totals = try profile([[allocate(1), release(9)], [allocate(9)]]).totals
    #expect(totals.frees == 1)
    #expect(totals.unknownFrees == 1)
    #expect(totals.leakedAllocations == 2)
  }

  @Test("A release that stands before another thread's allocation ends that allocation")
  func releaseBeforeAllocation() throws {
    let named = TestOperation.releaseOf(thread: 2, owner: 1, sequence: 0, address: 16)
    for batches in [
      [[named, allocate(1)]], [[named], [allocate(1)]], [[named], [], [allocate(1)]],
    ] {
      let profile = try profile(batches)
      #expect(profile.totals.frees == 1)
      #expect(profile.totals.unknownFrees == 0)
      #expect(profile.totals.leakedAllocations == 0)
      #expect(profile.totals.temporaryAllocations == 1)
      #expect(profile.totals.peakBytes == 0)
      #expect(profile.threads.map(\.frees) == [0, 1])
    }
    // By address alone the next batch is as far as a release waits; and only another thread's.
    let waits = try profile([[release(1, thread: 2)], [allocate(1)]]).totals
    #expect(waits.unknownFrees == 0)
    #expect(waits.leakedAllocations == 0)
    let own = try profile([[release(1)], [allocate(1)]]).totals
    #expect(own.unknownFrees == 1)
    #expect(own.leakedAllocations == 1)
  }

  @Test("Where a release names an allocation of the wrong thread, the address decides")
  func wrongThread() throws {
    // Thread 3 made the block and has ended; thread 1 has its slot now, and its own first allocation
    // to come.
    let named = TestOperation.releaseOf(thread: 2, owner: 1, sequence: 0, address: 16)
    let block = allocate(1, 10, thread: 3)
    for batches in [
      [[block], [allocate(7, thread: 1), named]], [[block], [named], [allocate(1, 30, thread: 1)]],
      [[block, named, allocate(1, 30, thread: 1)]], [[named], [block]], [[named, block]],
    ] {
      var builder = InventedTrace.builder(stacks: 2)
      builder.sequences[1] = 1
      builder.sequences[3] = 1 << 20
      for batch in batches { builder.appendBatch(batch) }
      let profile = try InventedTrace.profile(builder.closed())
      #expect(profile.totals.frees == 1)
      #expect(profile.totals.unknownFrees == 0)
      #expect(profile.threads.first { $0.id.rawValue == 3 }?.leakedAllocations == 0)
      #expect(profile.totals.supersededBlocks == 0)
    }
  }

  @Test("A release whose name fits no allocation ends the older block at its address")
  func nameOfNothing() throws {
    let named = TestOperation.releaseOf(thread: 2, owner: 1, sequence: 5, address: 16)
    let older = try profile([[allocate(1)], [named]]).totals
    #expect(older.unknownFrees == 0)
    #expect(older.leakedAllocations == 0)
    let another = try profile([[allocate(2)], [named]]).totals
    #expect(another.unknownFrees == 1)
    #expect(another.leakedAllocations == 1)
  }

  @Test("A block that is billions of allocations old is not its thread's newest")
  func oldBlock() throws {
    var builder = InventedTrace.builder(stacks: 1)
    builder.appendBatch([allocate(1)])
    builder.sequences[1] = 3 << 30
    builder.appendBatch([allocate(2), release(1), release(2)])
    let totals = try InventedTrace.profile(builder.closed()).totals
    #expect(totals.frees == 2)
    #expect(totals.temporaryAllocations == 1)
  }

  @Test("An address that threads hand around ends as many blocks as it has releases")
  func handedAround() throws {
    // In truth thread 3 released the first block and thread 2 the second; thread 2's release was
    // collected first.
    let profile = try profile([
      [allocate(1, 10, stack: 1)],
      [release(1, thread: 2), release(1, thread: 3), allocate(1, 20, thread: 3, stack: 2)],
    ])
    #expect(profile.totals.frees == 2)
    #expect(profile.totals.unknownFrees == 0)
    #expect(profile.totals.leakedAllocations == 0)
    #expect(profile.totals.leakedBytes == 0)
  }

  @Test("A block ends where its address is allocated again, whenever its release comes")
  func displaced() throws {
    // Thread 2's release of the first block was collected after thread 3 got the address.
    let late = try profile([
      [allocate(1, 10, stack: 1)], [allocate(1, 20, thread: 3, stack: 2)], [release(1, thread: 2)],
    ])
    #expect(late.totals.frees == 1)
    #expect(late.totals.leakedBytes == 20)
    #expect(late.totals.peakBytes == 20)
    #expect(late.totals.peakAllocations == 1)
    #expect(InventedTrace.costs(late)[2]?.liveBytes == 20)
    #expect(late.totals.supersededBlocks == 0)
    // Thread 3's own release can only mean its own block; the first one's never comes.
    let lost = try profile([
      [allocate(1, 10, stack: 1)], [allocate(1, 20, thread: 3, stack: 2)], [release(1, thread: 3)],
    ])
    #expect(lost.totals.frees == 1)
    #expect(lost.totals.leakedBytes == 0)
    #expect(lost.totals.peakBytes == 20)
    #expect(lost.totals.supersededBlocks == 1)
  }

  @Test("A failed realloc leaves the block as it was, also across batches")
  func failedRealloc() throws {
    let restore = TestOperation.restore(thread: 1, address: 16)
    let operations = [
      allocate(1, 10), release(1), restore, allocate(2, 5), release(1), restore, release(2),
    ]
    for batches in [
      [operations], operations.map { [$0] }, [[allocate(1)], Array(operations[1...])],
    ] {
      let totals = try profile(batches).totals
      #expect(totals.allocations == 2)
      #expect(totals.frees == 1)
      #expect(totals.unknownFrees == 0)
      #expect(totals.leakedBytes == 10)
      #expect(totals.temporaryAllocations == 1)
    }
    let freed = try profile([operations + [release(1)]]).totals
    #expect(freed.leakedAllocations == 0)
    #expect(freed.frees == 2)
  }

  @Test("Blocks of size 0 are blocks")
  func emptyBlocks() throws {
    let totals = try profile([[allocate(1, 0), allocate(2, 0)], [release(1)]]).totals
    #expect(totals.allocations == 2)
    #expect(totals.leakedAllocations == 1)
    #expect(totals.peakBytes == 0)
  }

  @Test("Nodes that name the same frame of the same caller are one")
  func mergedNodes() throws {
    var builder = TraceBuilder()
    builder.appendStacks([
      (id: 10, parent: 0, programCounter: 0x1000), (id: 11, parent: 10, programCounter: 0x2000),
      (id: 20, parent: 0, programCounter: 0x1000), (id: 21, parent: 20, programCounter: 0x2000),
      (id: 22, parent: 20, programCounter: 0x2000 | 1 << UInt64(MT_PC_ADDRESS_BITS)),
    ])
    builder.appendBatch([
      .allocate(thread: 1, address: 16, size: 1, stack: 11),
      .allocate(thread: 1, address: 32, size: 2, stack: 21),
      .allocate(thread: 1, address: 48, size: 4, stack: 22),
    ])
    let profile = try InventedTrace.profile(builder.closed())
    #expect(profile.stacks.count == 4)
    #expect(profile.costs.map(\.allocatedBytes) == [3, 4])
    let exact = profile.stacks.programCounter(of: profile.costs[1].stack)
    #expect(exact.isExact)
    #expect(exact.lookupAddress == 0x2000)
  }

  @Test("A frame belongs to the module of its incarnation")
  func incarnations() throws {
    var builder = TraceBuilder()
    builder.appendRecords(
      TestRecords.moduleLoad(id: 1, range: 0x1000..<0x3000, path: "/lib/old.so", buildID: [1, 2])
        + TestRecords.moduleLoad(
          id: 2, range: 0x2000..<0x4000, path: "/lib/new.so", incarnation: 1))
    let later = UInt64(1) << UInt64(MT_PC_INCARNATION_SHIFT)
    builder.appendStacks([
      (id: 1, parent: 0, programCounter: 0x2800),
      (id: 2, parent: 0, programCounter: 0x2800 | later),
      (id: 3, parent: 0, programCounter: 0x1000), (id: 4, parent: 0, programCounter: 0x3000),
      (id: 5, parent: 0, programCounter: 0x3800),
    ])
    builder.appendBatch(
      (1...5).map { .allocate(thread: 1, address: UInt64($0) * 16, size: 1, stack: $0) })
    let profile = try InventedTrace.profile(builder.closed())
    let modules = profile.costs.map { profile.stacks.module(of: $0.stack)?.rawValue }
    // A return address at a module's first byte belongs to what stands before it.
    #expect(modules == [1, 2, nil, 1, nil])
    #expect(profile.modules.map(\.buildIDText) == ["0102", ""])
  }

  @Test("The facts about the process come from its records and its live region")
  func facts() throws {
    var builder = InventedTrace.builder(stacks: 1)
    builder.appendRecords(
      TestRecords.text(MT_RECORD_EXECUTABLE, "/bin/x")
        + TestRecords.record(MT_RECORD_ARGUMENTS, Array("x\u{0}-a\u{0}\u{0}".utf8))
        + TestRecords.structure(
          MT_RECORD_THREAD_START, mt_thread_start(time_ns: 5, thread: 2, tid: 77))
        + TestRecords.structure(
          MT_RECORD_TROUBLE,
          mt_trouble(time_ns: 9, kind: MT_TROUBLE_WRITE_FAILED.rawValue, detail: 28)))
    builder.appendBatch([allocate(1, 8)])
    var live = TestLiveRegion()
    live.lostEvents = 12
    live.clockNanoseconds = 9_000_000
    live.end = mt_end(time_ns: 8_000_000, reason: MT_END_ABORT.rawValue, status: 0)
    live.rings = [TestLiveRegion.Ring(thread: 3, words: [])]
    let profile = try InventedTrace.profile(builder.open(live: live))
    #expect(profile.process.executable == "/bin/x")
    #expect(profile.process.arguments == ["x", "-a", ""])
    #expect(profile.process.end.reason == .abort)
    #expect(profile.process.durationNanoseconds == 9_000_000)
    #expect(profile.totals.lostEvents == 12)
    #expect(profile.troubles.map(\.kind) == [.writeFailed(errno: 28)])
    #expect(profile.threads.map(\.tid) == [0, 77, 1003])
    #expect(profile.threads.last?.name == "r")
  }
}
