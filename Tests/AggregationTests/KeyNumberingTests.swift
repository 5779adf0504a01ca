import TraceTestSupport
import Testing

@testable import Aggregation

@Suite("The numbering of keys") struct KeyNumberingTests {
  @Test("It agrees with a dictionary, whatever the keys have in common")
  func agreesWithDictionary() {
    for seed in 0..<6 as Range<UInt64> {
      var random = SplitMix(state: seed)
      var numbering = KeyNumbering(capacity: seed.isMultiple(of: 2) ? 0 : 20_000)
      var model: [UInt64: UInt32] = [:]
      var keys: [UInt64] = []
      for _ in 0..<30_000 {
        // Dense pairs, as of nodes; multiples of a power of two; anything.
        let key =
          switch seed % 3 {
          case 0: random.next(200) << 32 | random.next(200)
          case 1: random.next(20_000) << 40
          default: random.next(20_000) &* 0xd134_2543_de82_ef95
          }
        let expected = model[key] ?? UInt32(model.count)
        if model[key] == nil {
          model[key] = expected
          keys.append(key)
        }
        #expect(numbering.number(of: key) == expected)
      }
      #expect(numbering.keys == keys)
    }
  }
}
