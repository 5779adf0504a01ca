import Testing

@testable import HeapModel

@Suite("Partitions of the addresses") struct LivePartitionTests {
  @Test("Each gets its part of a heap, neighbours together", arguments: 1...8)
  func spread(count: Int) {
    var blocks = [Int](repeating: 0, count: count)
    var changes = 0
    var last = -1
    // 12 MB of blocks of 48 bytes, by address as in a trace: in units of 16 bytes.
    for block in 0..<250_000 as Range<UInt64> {
      let number = LivePartition.number(of: 0x5_5555_0000 + block * 3, among: count)
      blocks[number] += 1
      if number != last { changes += 1 }
      last = number
    }
    let share = 250_000 / count
    for part in blocks { #expect(part > share * 3 / 4 && part < share * 5 / 4) }
    #expect(changes < 250_000 * 3 / 512 + 2)
  }
}
