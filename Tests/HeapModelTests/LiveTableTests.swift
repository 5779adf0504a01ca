import Testing
import TraceTestSupport

@testable import HeapModel

@Suite("The table of live blocks") struct LiveTableTests {
  private func block(_ address: UInt64, size: Int64) -> LiveBlock {
    LiveBlock(address: address, sizeBytes: size, account: 0, thread: 1, sequence: 0, born: 0)
  }

  @Test("It agrees with a dictionary on random insertions and removals")
  func agreesWithDictionary() {
    for seed in 0..<8 as Range<UInt64> {
      var random = SplitMix(state: seed)
      let table = LiveTable()
      var model: [UInt64: Int64] = [:]
      // Few addresses collide often, many make the table grow.
      let addresses: UInt64 = seed.isMultiple(of: 2) ? 300 : 30_000
      for step in 0..<60_000 as Range<Int64> {
        let address = (1 + random.next(addresses)) * 0x1000
        if random.next(5) < 3 {
          let earlier = table.insert(block(address, size: step))
          #expect(earlier?.sizeBytes == model.updateValue(step, forKey: address))
        } else {
          #expect(table.remove(address)?.sizeBytes == model.removeValue(forKey: address))
        }
        #expect(table.count == model.count)
      }
      var found: [UInt64: Int64] = [:]
      table.forEach { found[$0.address] = $0.sizeBytes }
      #expect(found == model)
      for (address, size) in model { #expect(table.find(address)?.sizeBytes == size) }
    }
  }
}
