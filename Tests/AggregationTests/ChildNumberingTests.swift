import Aggregation
import Testing
import TraceTestSupport

@Suite("Numbering of a tree's nodes") struct ChildNumberingTests {
  @Test("Nodes have the numbers of their first appearance, in trees of every shape")
  func againstDictionary() {
    // How many of the last nodes a parent is chosen from, and how many labels there are.
    for (seed, (span, labels)) in [(1, 40), (8, 3), (5000, 50), (2, 100_000)].enumerated() {
      var random = SplitMix(state: UInt64(seed))
      var nodes = ChildNumbering(rootLabel: .max)
      var expected: [UInt64: UInt32] = [:]
      for _ in 0..<20_000 {
        let back = UInt32(random.next(UInt64(min(span, nodes.count))))
        // Every tenth is a child of the root, which gets very many.
        let parent = random.next(10) == 0 ? 0 : UInt32(nodes.count) - 1 - back
        let label = UInt32(random.next(UInt64(labels)))
        let key = UInt64(parent) << 32 | UInt64(label)
        let number = expected[key] ?? UInt32(expected.count + 1)
        expected[key] = number
        #expect(nodes.child(of: parent, label: label) == number)
        #expect(nodes.parent(of: number) == parent)
        #expect(nodes.label(of: number) == label)
      }
      #expect(nodes.count == expected.count + 1)
    }
  }

  @Test("The root has no parent, and is no child's number") func root() {
    var nodes = ChildNumbering(rootLabel: 7, capacity: 100)
    #expect(nodes.count == 1)
    #expect(nodes.label(of: 0) == 7)
    #expect(nodes.child(of: 0, label: 0) == 1)
  }
}
