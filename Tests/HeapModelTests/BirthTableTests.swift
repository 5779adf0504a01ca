import Testing

@testable import HeapModel

@Suite("Births of blocks") struct BirthTableTests {
  private func block(bornAt milliseconds: UInt32) -> LiveBlock {
    LiveBlock(
      address: 1, sizeBytes: 8, account: 0, thread: 3, sequence: 7, born: milliseconds)
  }

  private func birth(_ milliseconds: UInt64) -> BirthTable.Birth {
    BirthTable.Birth(
      timeNanoseconds: milliseconds << 20 + 5, origin: BlockOrigin(kind: 0, replacedBytes: -1))
  }

  @Test("Blocks whose thread made four billion others between them keep their own births")
  func wrapped() {
    let table = BirthTable()
    let key = BirthTable.key(thread: 3, sequence: 7)
    for time in [10, 400_000, 900_000] as [UInt64] { table.insert(key, birth(time)) }
    func time(_ birth: BirthTable.Birth?) -> UInt64? { birth.map { $0.timeNanoseconds >> 20 } }
    #expect(time(table.find(block(bornAt: 399_998))) == 400_000)
    #expect(time(table.remove(block(bornAt: 899_999))) == 900_000)
    #expect(time(table.remove(block(bornAt: 9))) == 10)
    #expect(time(table.remove(block(bornAt: 399_998))) == 400_000)
    #expect(table.remove(block(bornAt: 9)) == nil)
  }
}
