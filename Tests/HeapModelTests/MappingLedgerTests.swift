import TraceFormat
import Testing

@testable import HeapModel

@Suite("What calls on mappings come to") struct MappingLedgerTests {
  private static let page: UInt64 = 4096
  private static let none: UInt16 = 0
  private static let readWrite: UInt16 = 3

  /// A call on pages, numbered from an area's first.
  private func call(
    _ kind: MappingCall.Kind, _ first: UInt64, _ count: UInt64, stack: UInt32 = 0,
    protection: UInt16 = readWrite
  ) -> MappingCall {
    MappingCall(
      kind, start: 0x10_0000 + first * Self.page, bytes: count * Self.page, stack: stack,
      protection: protection)
  }

  /// Replays calls, planned first: the blocks that begin, as (first page, pages, stack), those left,
  /// and the pages live after each call.
  private func replay(
    _ calls: [(thread: UInt32, call: MappingCall)]
  ) -> (made: [[UInt64]], left: [[UInt64]], live: [UInt64]) {
    var planning = MappingLedger(pageBytes: Self.page)
    for (thread, call) in calls { planning.take(call, by: thread) { _ in } }
    var ledger = MappingLedger(planning.plan, pageBytes: Self.page)
    var made: [[UInt64]] = []
    var blocks: [UInt64: [UInt64]] = [:]
    var live: [UInt64] = []
    for (thread, call) in calls {
      ledger.take(call, by: thread) { change in
        switch change {
        case .begin(let start, let bytes, let stack, _):
          let block = [(start - 0x10_0000) / Self.page, bytes / Self.page, UInt64(stack)]
          made.append(block)
          #expect(blocks.updateValue(block, forKey: start) == nil, "a block begins over another")
        case .end(let start):
          #expect(blocks.removeValue(forKey: start) != nil, "a block ends that is not there")
        }
      }
      live.append(blocks.values.reduce(0) { $0 + $1[1] })
      #expect(ledger.pieces.accessibleBytes == (live.last ?? 0) * Self.page)
    }
    return (made, blocks.values.sorted { $0[0] < $1[0] }, live)
  }

  private func replay(_ calls: [MappingCall]) -> (
    made: [[UInt64]], left: [[UInt64]], live: [UInt64]
  ) {
    replay(calls.map { (1, $0) })
  }

  @Test("What is unmapped in parts is as many blocks, which add up") func parts() {
    let found = replay([
      call(.map, 0, 10, stack: 1), call(.unmap, 3, 2), call(.unmap, 0, 1), call(.unmap, 9, 1),
    ])
    #expect(found.made == [[0, 1, 1], [1, 2, 1], [3, 2, 1], [5, 4, 1], [9, 1, 1]])
    #expect(found.left == [[1, 2, 1], [5, 4, 1]])
    #expect(found.live == [10, 8, 7, 6])
  }

  @Test("One call ends parts of several, and covers what was there") func covers() {
    let found = replay([
      call(.map, 0, 4, stack: 1), call(.map, 4, 4, stack: 2), call(.map, 2, 4, stack: 3),
      call(.unmap, 0, 8),
    ])
    #expect(found.made == [[0, 2, 1], [2, 2, 1], [4, 2, 2], [6, 2, 2], [2, 4, 3]])
    #expect(found.left == [])
    #expect(found.live == [4, 8, 8, 0])
  }

  @Test("A reservation counts where access is permitted, on that call's stack") func reserved() {
    let found = replay([
      call(.map, 0, 100, stack: 1, protection: Self.none), call(.permit, 10, 5, stack: 2),
      call(.permit, 12, 8, stack: 3), call(.forbid, 11, 2), call(.permit, 11, 2, stack: 4),
      call(.unmap, 0, 100),
    ])
    #expect(found.made == [[10, 1, 2], [11, 2, 2], [13, 2, 2], [15, 5, 3], [11, 2, 4]])
    #expect(found.live == [0, 5, 10, 8, 10, 0])
  }

  @Test("Permission for what can be accessed already changes nothing") func permitted() {
    let found = replay([
      call(.map, 0, 8, stack: 1), call(.permit, 2, 3, stack: 2), call(.permit, 50, 3, stack: 2),
    ])
    #expect(found.made == [[0, 8, 1]])
  }

  @Test("A move ends what was there, and covers its new place") func moves() {
    let found = replay([
      call(.map, 0, 4, stack: 1), call(.map, 20, 8, stack: 2), call(.moveFrom, 0, 4),
      call(.moveTo, 22, 6, stack: 3), call(.moveFrom, 22, 6), call(.moveTo, 22, 7, stack: 4),
    ])
    #expect(found.left == [[20, 2, 2], [22, 7, 4]])
    #expect(found.live == [4, 12, 8, 8, 2, 9])
  }

  @Test("A reservation that is moved stays one") func movedReservation() {
    let found = replay([
      call(.map, 0, 4, stack: 1, protection: Self.none), call(.moveFrom, 0, 4),
      call(.moveTo, 8, 8, stack: 3), call(.permit, 8, 2, stack: 4),
    ])
    #expect(found.made == [[8, 2, 4]])
  }

  @Test("A call that failed did nothing, whatever other threads did meanwhile") func failures() {
    let found = replay([
      (1, call(.map, 0, 8, stack: 1)), (1, call(.unmap, 2, 2)), (2, call(.map, 20, 2, stack: 2)),
      (2, call(.unmap, 20, 2)), (1, call(.failed, 2, 2)), (1, call(.forbid, 0, 1)),
      (1, call(.failed, 0, 1)), (1, call(.moveFrom, 0, 8)), (1, call(.failed, 0, 8)),
    ])
    #expect(found.left.reduce(0) { $0 + $1[1] } == 8)
    #expect(found.live.last == 8)
  }

  @Test("Lengths count in whole pages, the data segment from page to page") func rounding() {
    let page = Self.page
    let found = replay([
      MappingCall(.map, start: 0x10_0000, bytes: 1, stack: 1, protection: 3),
      MappingCall(.extend, start: 0x10_0000 + 10 * page + 8, bytes: page, stack: 2),
      MappingCall(.extend, start: 0x10_0000 + 11 * page + 8, bytes: 8, stack: 3),
      MappingCall(.unmap, start: 0x10_0000 + 10 * page + 16, bytes: page),
    ])
    #expect(found.made == [[0, 1, 1], [11, 1, 2]])
    #expect(found.left == [[0, 1, 1]])
  }

  @Test("Calls on what nobody is known to have mapped, and impossible ones, have no effect")
  func unknown() {
    let found = replay([
      call(.unmap, 0, 4), call(.forbid, 0, 4), call(.permit, 0, 4), call(.failed, 0, 4),
      MappingCall(.map, start: .max - 100, bytes: 4096, protection: 3),
      MappingCall(.map, start: 0, bytes: 4096, protection: 3),
      MappingCall(.map, start: 4096, bytes: .max, protection: 3),
      call(.moveFrom, 0, 4), call(.moveTo, 8, 4, stack: 1),
    ])
    #expect(found.made == [[8, 4, 1]])
  }

  @Test("Random calls are what a map of single pages says", arguments: 1...20)
  func random(seed: UInt64) {
    var state = seed &* 0x9e37_79b9_7f4a_7c15
    func next(_ limit: UInt64) -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state % limit
    }
    let pages: UInt64 = 3000
    // By page: the stack; 0 is reserved, nil not mapped.
    var owners = [UInt32?](repeating: nil, count: Int(pages))
    var calls: [MappingCall] = []
    var expected: [UInt64] = []
    for number in 1...3000 as ClosedRange<UInt32> {
      let first = next(pages)
      let count = min(pages - first, 1 + next(40))
      let range = Int(first)..<Int(first + count)
      switch next(5) {
      case 0:
        calls.append(call(.map, first, count, stack: number))
        for page in range { owners[page] = number }
      case 1:
        calls.append(call(.map, first, count, stack: number, protection: Self.none))
        for page in range { owners[page] = 0 }
      case 2:
        calls.append(call(.unmap, first, count))
        for page in range { owners[page] = nil }
      case 3:
        calls.append(call(.permit, first, count, stack: number))
        for page in range where owners[page] == 0 { owners[page] = number }
      default:
        calls.append(call(.forbid, first, count))
        for page in range where owners[page] != nil { owners[page] = 0 }
      }
      expected.append(UInt64(owners.count { $0 != nil && $0 != 0 }))
    }
    let found = replay(calls)
    #expect(found.live == expected)
    var left = [UInt32?](repeating: nil, count: Int(pages))
    for block in found.left {
      for page in Int(block[0])..<Int(block[0] + block[1]) { left[page] = UInt32(block[2]) }
    }
    #expect(left == owners.map { $0 == 0 ? nil : $0 })
  }
}
