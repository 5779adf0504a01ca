import CTraceFormat
import HeapModel
import Testing
import TraceFormat

@testable import Aggregation

/// Interpreted code as a recorder writes it, and where it comes to stand.
@Suite struct InterpretedCodeTests {
  private static func counter(_ kind: mt_location_kind, _ number: UInt64) -> UInt64 {
    UInt64(MT_PC_INCARNATION_MAX + 1) << UInt64(MT_PC_INCARNATION_SHIFT)
      | UInt64(kind.rawValue) << UInt64(MT_PC_LOCATION_KIND_SHIFT) | number
  }
  private static func line(_ number: UInt64) -> UInt64 { counter(MT_LOCATION_PYTHON, number) }
  private static func run(_ depth: UInt64) -> UInt64 { counter(MT_LOCATION_RUN, depth) }
  private static let blocks = counter(MT_LOCATION_BLOCKS, UInt64(MT_SPACE_KIND_OBJECTS.rawValue))
  private static func beside(_ node: UInt64) -> UInt64 { counter(MT_LOCATION_BESIDE, node) }

  /// A native stack of four, root first; a path of two runs; and what joins them.
  private let nodes = [
    StackNode(id: 1, parent: 0, programCounter: 0x1_0000),
    StackNode(id: 2, parent: 1, programCounter: 0x2_0000),
    StackNode(id: 3, parent: 2, programCounter: 0x3_0000),
    StackNode(id: 4, parent: 3, programCounter: 0x4_0000),
    StackNode(id: 5, parent: 0, programCounter: Self.run(1)),
    StackNode(id: 6, parent: 5, programCounter: Self.line(1)),
    StackNode(id: 7, parent: 6, programCounter: Self.line(2)),
    StackNode(id: 8, parent: 7, programCounter: Self.run(3)),
    StackNode(id: 9, parent: 8, programCounter: Self.line(3)),
    StackNode(id: 10, parent: 4, programCounter: Self.beside(9)),
    StackNode(id: 11, parent: 3, programCounter: Self.beside(7)),
  ]

  private func frames(of number: UInt32, in nodes: [StackNode]) -> [UInt64] {
    var builder = StackTreeBuilder(nodes)
    let stack = builder.stack(of: number)
    let tree = builder.tree(modules: ModuleMap([]))
    return tree.frames(of: stack).reversed().map { tree.programCounter(of: $0).rawValue }
  }

  @Test func `each run stands below the frame that runs it`() {
    #expect(
      frames(of: 10, in: nodes) == [
        0x1_0000, 0x2_0000, Self.line(1), Self.line(2), 0x3_0000, 0x4_0000, Self.line(3),
      ])
    #expect(
      frames(of: 11, in: nodes) == [0x1_0000, 0x2_0000, Self.line(1), Self.line(2), 0x3_0000])
    #expect(frames(of: 4, in: nodes) == [0x1_0000, 0x2_0000, 0x3_0000, 0x4_0000])
  }

  @Test func `a path alone is no stack`() {
    let builder = StackTreeBuilder(Array(nodes.prefix(9)))
    #expect(builder.count == 5)
  }

  @Test func `what no frame runs comes last`() {
    let deep = nodes.map { node in
      node.id == 8
        ? StackNode(id: 8, parent: 7, programCounter: Self.run(99)) : node
    }
    #expect(frames(of: 10, in: deep).last == Self.line(3))
    #expect(frames(of: 10, in: deep).count == 7)
  }

  @Test func `blocks of a runtime have a stack of their own, with the same frames`() {
    let marked =
      nodes + [
        StackNode(id: 12, parent: 4, programCounter: Self.blocks),
        StackNode(id: 13, parent: 10, programCounter: Self.blocks),
      ]
    for order in [marked, marked.reversed()] {
      #expect(frames(of: 12, in: order) == frames(of: 4, in: order) + [Self.blocks])
      #expect(frames(of: 13, in: order) == frames(of: 10, in: order) + [Self.blocks])
    }
  }

  @Test func `a chain of what only damage nests is not followed to its end`() {
    let link = { (number: UInt64) in number % 2 == 0 ? Self.blocks : Self.beside(9) }
    let chain = (14...300_000).map { (number: UInt32) in
      StackNode(id: number, parent: number + 1, programCounter: link(UInt64(number)))
    }
    #expect(frames(of: 14, in: nodes + chain).count <= 2)
  }

  @Test(
    "Damage neither crashes nor hangs",
    arguments: [
      StackNode(id: 10, parent: 4, programCounter: Self.beside(10)),
      StackNode(id: 10, parent: 10, programCounter: Self.beside(9)),
      StackNode(id: 10, parent: 10, programCounter: Self.blocks),
      StackNode(id: 10, parent: 4, programCounter: Self.beside(0xffff_ffff)),
      StackNode(id: 7, parent: 9, programCounter: Self.line(2)),
      StackNode(id: 5, parent: 9, programCounter: Self.run(1)),
    ])
  func damage(node: StackNode) {
    let damaged = nodes.map { $0.id == node.id ? node : $0 }
    for number in nodes.map(\.id) { _ = frames(of: number, in: damaged) }
  }
}
