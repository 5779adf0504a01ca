import Aggregation
import CTraceFormat
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

/// Accounts of resident memory as a file may have them: sound ones, and others.
@Suite("Accounts of resident memory") struct ResidentPagesTests {
  private struct NoAccount: Error {}

  private static let page: UInt64 = 4096

  private func leb(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private func region(
    gap: UInt64, pages: UInt64, flags: mt_region_flag = MT_REGION_WRITE, name: String? = "",
    _ runs: [(gap: UInt64, pages: UInt64, state: UInt64)]
  ) -> [UInt8] {
    let known = name.map { leb(UInt64($0.utf8.count)) + Array($0.utf8) } ?? []
    let same = name == nil ? UInt64(MT_REGION_SAME_NAME.rawValue) : 0
    return leb(UInt64(MT_ACCOUNT_REGION.rawValue)) + leb(gap) + leb(pages)
      + leb(UInt64(flags.rawValue) | same) + known
      + (runs + [(0, 0, 0)]).flatMap { leb($0.gap) + leb($0.pages << 3 | $0.state) }
  }

  private func part(
    _ number: UInt32, isLast: Bool, time: UInt64 = 5, _ entries: [UInt8]
  ) throws -> AccountPart {
    var header = mt_account()
    header.time_ns = time
    header.part = number
    header.flags = isLast ? UInt16(MT_ACCOUNT_LAST.rawValue) : 0
    header.reason = UInt16(MT_ACCOUNT_GROWN.rawValue)
    let bytes = TestRecords.structure(MT_RECORD_ACCOUNT, header, entries)
    let record = try bytes.withUnsafeBytes { try TraceRecord.decode($0).record }
    guard case .account(let part) = record else { throw NoAccount() }
    return part
  }

  private func pages(_ entries: [UInt8]) throws -> ResidentPages {
    try ResidentPages([part(0, isLast: true, entries)], pageBytes: Self.page)
  }

  @Test("Regions and runs are where the distances between them say") func places() throws {
    let entries =
      region(gap: 16, pages: 8, name: "[heap]", [(1, 2, 0), (1, 1, 2)])
      + region(gap: 4, pages: 2, flags: MT_REGION_FILE, name: "/a", [(0, 1, 1)])
      + region(gap: 0, pages: 1, flags: MT_REGION_FILE, name: nil, [(0, 1, 5)])
      + leb(UInt64(MT_ACCOUNT_OWN.rawValue)) + leb(100) + leb(3)
      + leb(UInt64(MT_ACCOUNT_STACK.rawValue)) + leb(7) + leb(0x9000) + leb(0x100)
    let found = try pages(entries)
    #expect(
      found.regions.map(\.addresses) == [0x10000..<0x18000, 0x1c000..<0x1e000, 0x1e000..<0x1f000])
    #expect(found.regions.map(\.name) == ["[heap]", "/a", "/a"])
    #expect(
      found.runs.map(\.addresses)
        == [0x11000..<0x13000, 0x14000..<0x15000, 0x1c000..<0x1d000, 0x1e000..<0x1f000])
    #expect(found.runs.map(\.isSwapped) == [false, true, false, false])
    #expect(found.runs.map(\.isOfFile) == [false, false, true, true])
    #expect(found.runs.map(\.isHuge) == [false, false, false, true])
    #expect(found.own == [0x64000..<0x67000])
    #expect(found.stacks.map(\.addresses) == [0x9000..<0x9100])
  }

  @Test("A region that one part has no room for goes on in the next") func parts() throws {
    let first = try part(0, isLast: false, region(gap: 16, pages: 8, [(0, 2, 0)]))
    let second = try part(1, isLast: true, region(gap: 20, pages: 4, [(1, 1, 0)]))
    let found = try ResidentPages([first, second], pageBytes: Self.page)
    #expect(found.regions.map(\.addresses) == [0x10000..<0x14000, 0x14000..<0x18000])
    #expect(found.runs.count == 2)
    for parts in [[first], [second], [second, first], [first, first, second]] {
      #expect(throws: TraceError.self) { try ResidentPages(parts, pageBytes: Self.page) }
    }
  }

  @Test("What cannot be is refused") func refused() {
    let cases: [[UInt8]] = [
      [9],
      region(gap: 1, pages: 4, [(2, 3, 0)]),
      region(gap: 1, pages: .max >> 3, []),
      region(gap: .max, pages: 1, []),
      region(gap: 1, pages: 4, [(.max, 1, 0)]),
      region(gap: 1, pages: 4, name: nil, []) + [1],
      [UInt8](repeating: 0xff, count: 12),
      leb(3) + leb(1) + leb(.max) + leb(9),
    ]
    for entries in cases {
      #expect(throws: TraceError.self, "\(entries)") { try pages(entries) }
    }
  }

  @Test("Any bytes are an account or none") func hostile() throws {
    let sound =
      region(gap: 16, pages: 80, name: "[heap]", [(1, 2, 0), (1, 1, 2), (3, 9, 4)])
      + region(gap: 4, pages: 2, flags: MT_REGION_FILE, name: "/a", [(0, 1, 1)])
    for length in 0..<sound.count { _ = try? pages(Array(sound[..<length])) }
    var random = SplitMix(state: 1)
    for _ in 0..<20_000 {
      var bytes = sound
      for _ in 0...random.next(3) {
        bytes[Int(random.next(UInt64(bytes.count)))] = UInt8(random.next(256))
      }
      guard let found = try? pages(bytes) else { continue }
      for (region, next) in zip(found.regions, found.regions.dropFirst()) {
        #expect(region.addresses.upperBound <= next.addresses.lowerBound)
      }
      for region in found.regions {
        for run in found.runs[region.runs] {
          #expect(region.addresses.contains(run.addresses.lowerBound))
        }
      }
    }
  }

  @Test("An incomplete account is passed over for the nearest one that is complete")
  func nearest() throws {
    func record(_ time: UInt64, isLast: Bool, pages: UInt64) -> [UInt8] {
      var header = mt_account()
      header.time_ns = time
      header.flags = isLast ? UInt16(MT_ACCOUNT_LAST.rawValue) : 0
      return TestRecords.structure(
        MT_RECORD_ACCOUNT, header, region(gap: 16, pages: 8, name: "[heap]", [(0, pages, 0)]))
    }
    var builder = InventedTrace.builder(stacks: 1, minor: 2)
    builder.appendRecords(record(1000, isLast: true, pages: 1))
    builder.appendRecords(record(9000, isLast: true, pages: 2))
    builder.appendRecords(record(9500, isLast: false, pages: 3))
    let trace = try HeapTrace(try TraceFile(source: MemorySource(builder.closed())))
    func resident(_ moment: UInt64) throws -> UInt64? {
      try trace.account(at: moment, samples: [], groups: [], allocator: "")?.residentBytes
    }
    #expect(try resident(0) == 4096)
    #expect(try resident(.max) == 8192)
  }
}
