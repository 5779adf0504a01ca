import CTraceFormat
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

@testable import Aggregation

/// What no recorder writes: it is damage with its place, and the rest is read.
@Suite("Limits of the reader") struct ReaderLimitTests {
  private func profile(_ bytes: [UInt8]) throws -> HeapProfile {
    try HeapProfile.load(try TraceFile(source: MemorySource(bytes, name: "t")))
  }

  private func blocks(_ count: Int, from first: Int = 1, size: UInt64) -> [TestOperation] {
    (0..<count).map {
      .allocate(thread: 1, address: UInt64(first + $0) * 64, size: size, stack: 1)
    }
  }

  @Test("A batch may stand for as many words as a recorder stages, and no more")
  func largestBatch() throws {
    let most = Int(MT_BATCH_EVENT_WORDS_MAX) / 2
    var builder = InventedTrace.builder(stacks: 1)
    builder.appendBatch(blocks(most, size: 1))
    let place = builder.chunkEnd
    builder.appendBatch(blocks(most + 1, from: most + 1, size: 1))
    let profile = try profile(builder.closed())
    #expect(profile.totals.allocations == most)
    #expect(profile.damage.first?.offset == UInt64(place))
    #expect(profile.damage.first?.cause.contains("larger than any recorder's") == true)
  }

  @Test("Sums of sizes that cannot be counted are damage, of one batch and of all")
  func largestSums() throws {
    var builder = InventedTrace.builder(stacks: 1)
    let place = builder.chunkEnd
    builder.appendBatch(blocks(3_000, size: 1 << 51))
    builder.appendBatch(blocks(1_000, from: 4_000, size: 1 << 50))
    builder.appendBatch(blocks(1_000, from: 5_000, size: 1 << 50))
    builder.appendBatch(blocks(1_000, from: 6_000, size: 1 << 50))
    let profile = try profile(builder.closed())
    #expect(profile.totals.allocatedBytes == 2_000 << 50)
    #expect(
      profile.damage.map(\.cause).filter { $0.contains("larger than any process") }.count == 1)
    #expect(profile.damage.map(\.cause).filter { $0.contains("can be counted") }.count == 1)
    #expect(profile.damage.first?.offset == UInt64(place))
  }

  @Test("A small file does not unpack to gigabytes of stacks")
  func unpackedStacks() throws {
    var builder = InventedTrace.builder(stacks: 1)
    // All columns repeat one byte, which compresses best.
    let nodes = (1...40_000 as ClosedRange<UInt32>).map {
      (id: $0, parent: $0 - 1, programCounter: 0x0202_0202_0202_0202 as UInt64)
    }
    for _ in 0..<200 { builder.appendStacks(nodes) }
    builder.appendBatch(blocks(1, size: 7))
    let bytes = builder.closed()
    #expect(bytes.count < 200_000)
    let profile = try profile(bytes)
    #expect(profile.totals.allocations == 1)
    #expect(profile.inventory.stackNodes < 5_000_000)
    #expect(profile.damage.contains { $0.cause.contains("unpacks to far more") })
  }

  @Test("Of modules that cannot be told apart none is named")
  func indistinctModules() throws {
    let last = UInt16(MT_PC_INCARNATION_MAX)
    func module(_ id: UInt32, _ range: Range<UInt64>, _ incarnation: UInt16) -> Module {
      Module(
        id: ModuleID(rawValue: id), path: "/m\(id)", base: range.lowerBound, addresses: range,
        incarnation: incarnation)
    }
    let modules = [
      module(1, 0x1000..<0x2000, 0), module(2, 0x1000..<0x2000, last),
      module(3, 0x1800..<0x3000, last), module(4, 0x5000..<0x6000, last),
    ]
    let map = ModuleMap(modules)
    func found(_ address: UInt64, _ incarnation: UInt16) -> UInt32? {
      map.module(
        of: ProgramCounter(
          rawValue: address | UInt64(incarnation) << UInt64(MT_PC_INCARNATION_SHIFT))
      )?.rawValue
    }
    #expect(found(0x1900, 0) == 1)
    #expect(found(0x1700, last) == 2)
    #expect(found(0x1900, last) == nil)
    #expect(found(0x2f00, last) == 3)
    #expect(found(0x5800, last) == 4)
    #expect(ModuleMap.indistinctCount(modules) == 3)
    #expect(ModuleMap.indistinctCount([modules[0], modules[3]]) == 0)
  }
}
