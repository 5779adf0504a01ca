import TraceTestSupport
import Testing

@testable import HeapModel

@Suite("The table of live blocks") struct LiveTableTests {
  private func block(_ address: UInt64, size: Int64) -> LiveBlock {
    LiveBlock(address: address, sizeBytes: size, account: 7, thread: 1, sequence: 9, born: 5)
  }

  /// The `number`-th of the addresses that one kind of test uses.
  private func address(_ number: UInt64, kind: UInt64) -> UInt64 {
    switch kind {
    case 0: (1 + number % 300) * 0x1000
    case 1: (1 + number) * 2
    case 2: number * 0x333
    default: (1 + number) << (number % 2 == 0 ? 45 : 3)
    }
  }

  @Test("It agrees with a dictionary on random insertions and removals", arguments: 0..<8)
  func agreesWithDictionary(seed: UInt64) {
    var random = SplitMix(state: seed)
    let table = LiveTable()
    var model: [UInt64: Int64] = [:]
    for step in 0..<60_000 as Range<Int64> {
      let address = address(random.next(30_000), kind: seed % 4)
      // Mostly growing, then shrinking; some blocks are large.
      if random.next(8) < (step < 40_000 ? 6 : 2) {
        let size = step % 5 == 0 ? step << 16 : step
        let earlier = table.insert(block(address, size: size))
        #expect(earlier?.sizeBytes == model.updateValue(size, forKey: address))
      } else {
        #expect(table.remove(address)?.sizeBytes == model.removeValue(forKey: address))
      }
      #expect(table.count == model.count)
    }
    var found: [UInt64: Int64] = [:]
    table.forEach { found[$0.address] = $0.sizeBytes }
    #expect(found == model)
    for (address, size) in model { #expect(table.find(address)?.sizeBytes == size) }
    #expect(table.find(1) == nil || model[1] != nil)
  }

  @Test(
    "A block comes back as it was entered",
    arguments: [
      (account: 0, thread: 0), (1 << 24 - 1, 1 << 20 - 1), (1 << 24, 0), (0, 1 << 20),
      (UInt32.max, UInt32.max - 1),
    ] as [(account: UInt32, thread: UInt32)])
  func wholeBlock(account: UInt32, thread: UInt32) throws {
    let table = LiveTable()
    for size in [0, 1, (1 << 20) - 2, (1 << 20) - 1, 1 << 20, (1 << 52) - 1] as [Int64] {
      let entered = LiveBlock(
        address: .max, sizeBytes: size, account: account, thread: thread,
        sequence: .max - 2, born: .max - 3)
      #expect(table.insert(entered) == nil)
      let found = try #require(table.remove(entered.address))
      #expect(found.sizeBytes == size)
      #expect(found.address == entered.address)
      #expect(found.account == account && found.thread == thread)
      #expect(found.sequence == .max - 2 && found.born == .max - 3)
      #expect(table.remove(entered.address) == nil)
    }
  }

  @Test("A block takes the place of an unusual one, and the other way round")
  func unusualBlocks() {
    let table = LiveTable()
    #expect(table.insert(block(3, size: 1 << 40)) == nil)
    #expect(table.insert(block(3, size: 8))?.sizeBytes == 1 << 40)
    #expect(table.insert(block(3, size: 1 << 41))?.sizeBytes == 8)
    #expect(table.insert(block(3, size: 1 << 42))?.sizeBytes == 1 << 41)
    #expect(table.find(3)?.sizeBytes == 1 << 42)
    #expect(table.count == 1)
  }

  @Test("It stays in order while it grows to many blocks and shrinks again")
  func growth() {
    let table = LiveTable()
    let count: UInt64 = 300_000
    for number in 1...count { _ = table.insert(block(number * 6, size: Int64(number))) }
    #expect(table.count == Int(count))
    var wrong = 0
    for number in 1...count where table.find(number * 6)?.sizeBytes != Int64(number) { wrong += 1 }
    for number in 1...count where table.remove(number * 6)?.sizeBytes != Int64(number) {
      wrong += 1
    }
    #expect(wrong == 0)
    #expect(table.count == 0)
  }
}
