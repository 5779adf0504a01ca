import TraceTestSupport
import Testing

@testable import HeapModel

@Suite("A table of neighbours") struct GroupedTableTests {
  /// A record of the usual size.
  struct Record: BitwiseCopyable, Equatable {
    var first: UInt64
    var second: UInt64 = 0
  }

  /// Regions whose hashes are all near the largest: their homes are the table's last.
  private static let crowd: [UInt64] = (0..<400_000 as Range<UInt64>).filter {
    RecordRegion.hash($0) > UInt64.max / 1000 * 999
  }

  /// The `number`-th of the keys that one kind of test uses.
  private func key(_ number: UInt64, kind: UInt64) -> UInt64 {
    switch kind {
    // Side by side; one in a group; one in a region; far apart; where the table ends.
    case 0: number
    case 1: number << 4 | number * 7 & 15
    case 2: number << 9 | number * 11 & 511
    case 3: number &* 0x9e37_79b9_7f4a_7c15
    default: Self.crowd[Int(number) % Self.crowd.count] << 9 | number & 511
    }
  }

  @Test("It agrees with a dictionary while it grows and shrinks", arguments: 0..<5)
  func agreesWithDictionary(seed: UInt64) {
    var random = SplitMix(state: seed)
    let table = GroupedTable<Record>()
    var model: [UInt64: Record] = [:]
    var wrong = 0
    for step in 0..<48_000 as Range<UInt64> {
      let key = key(random.next(12_000), kind: seed % 5)
      // Two waves of growing and shrinking: freed places are used again.
      let grows = step / 12_000 % 2 == 0
      if random.next(8) < (grows ? 6 : 2) {
        let record = Record(first: step, second: key)
        if table.insert(key, record) != model.updateValue(record, forKey: key) { wrong += 1 }
      } else if table.remove(key) != model.removeValue(forKey: key) {
        wrong += 1
      }
      if table.count != model.count { wrong += 1 }
    }
    #expect(wrong == 0)
    var found: [UInt64: Record] = [:]
    table.forEach { found[$0] = $1 }
    #expect(found == model)
    for number in 0..<12_000 as Range<UInt64> {
      let key = key(number, kind: seed % 5)
      if table.find(key) != model[key] { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test("Keys that are none of its own find nothing")
  func strangers() {
    let table = GroupedTable<Record>()
    #expect(table.find(0) == nil && table.remove(0) == nil)
    _ = table.insert(17, Record(first: 1))
    for key in [0, 1, 16, 18, 33, 512 + 17, .max] as [UInt64] {
      #expect(table.find(key) == nil && table.remove(key) == nil)
    }
    #expect(table.remove(17) == Record(first: 1))
    #expect(table.count == 0)
  }

  @Test("Its memory grows with the records alone", arguments: [(4, 18), (16, 26), (512, 70)])
  func memory(distance: UInt64, bytes: Int) {
    let table = GroupedTable<Record>()
    let count: UInt64 = 100_000
    for number in 0..<count { _ = table.insert(number * distance, Record(first: number)) }
    #expect(table.usedBytes < Int(count) * bytes + 100_000)
  }

  @Test("Memory that records left is used again")
  func reuse() {
    var random = SplitMix(state: 1)
    let table = GroupedTable<Record>()
    let most = 40_000
    var keys: [UInt64] = []
    for wave in 0..<10 as Range<UInt64> {
      while keys.count < most {
        let key = wave << 40 | random.next(200_000)
        if table.insert(key, Record(first: key)) == nil { keys.append(key) }
      }
      while keys.count > most / 10 {
        let place = Int(random.next(UInt64(keys.count)))
        #expect(table.remove(keys[place]) != nil)
        keys[place] = keys[keys.count - 1]
        keys.removeLast()
      }
    }
    #expect(table.usedBytes < most * 48)
    var wrong = 0
    for key in keys where table.find(key) != Record(first: key) { wrong += 1 }
    #expect(wrong == 0 && table.count == keys.count)
  }
}
