import CTraceFormat
import HeapModel
import Testing
import TraceFormat

@testable import Aggregation

/// Async callers as a recorder appends them, and where they come to stand.
@Suite struct AsyncCallersTests {
  private static let awaits: UInt64 = 1 << 63 | 1 << 48

  /// A native stack, root first: the runtime, the resumed function, what it called.
  private let native = [
    StackNode(id: 1, parent: 0, programCounter: 0x1_0000),
    StackNode(id: 2, parent: 1, programCounter: 0x2_0000),
    StackNode(id: 3, parent: 2, programCounter: 0x3_0000),
  ]

  private func frames(of number: UInt32, in nodes: [StackNode]) -> [UInt64] {
    var builder = StackTreeBuilder(nodes)
    let stack = builder.stack(of: number)
    let tree = builder.tree(modules: ModuleMap([]))
    return tree.frames(of: stack).reversed().map { tree.programCounter(of: $0).rawValue }
  }

  @Test func `callers stand between the resumed function and the runtime`() {
    let nodes =
      native + [
        StackNode(id: 4, parent: 3, programCounter: UInt64(MT_PC_ASYNC) + 1),
        StackNode(id: 5, parent: 4, programCounter: 0xa_0000 | Self.awaits),
        StackNode(id: 6, parent: 5, programCounter: 0xb_0000 | Self.awaits),
      ]
    #expect(
      frames(of: 6, in: nodes) == [
        0x1_0000, 0xb_0000 | Self.awaits, 0xa_0000 | Self.awaits, 0x2_0000, 0x3_0000,
      ])
    #expect(
      frames(of: 5, in: nodes) == [0x1_0000, 0xa_0000 | Self.awaits, 0x2_0000, 0x3_0000])
    #expect(frames(of: 3, in: nodes) == [0x1_0000, 0x2_0000, 0x3_0000])
  }

  @Test func `a chain that was cut ends in that mark`() {
    let nodes =
      native + [
        StackNode(id: 4, parent: 3, programCounter: UInt64(MT_PC_ASYNC)),
        StackNode(id: 5, parent: 4, programCounter: 0xa_0000 | Self.awaits),
        StackNode(id: 6, parent: 5, programCounter: UInt64(MT_PC_CUT)),
      ]
    #expect(
      frames(of: 6, in: nodes) == [
        0x1_0000, 0x2_0000, UInt64(MT_PC_CUT), 0xa_0000 | Self.awaits, 0x3_0000,
      ])
  }

  @Test func `stacks that await the same callers share their frames`() {
    let nodes =
      native + [
        StackNode(id: 4, parent: 3, programCounter: UInt64(MT_PC_ASYNC) + 1),
        StackNode(id: 5, parent: 4, programCounter: 0xa_0000 | Self.awaits),
        StackNode(id: 6, parent: 2, programCounter: 0x4_0000),
        StackNode(id: 7, parent: 6, programCounter: UInt64(MT_PC_ASYNC) + 1),
        StackNode(id: 8, parent: 7, programCounter: 0xa_0000 | Self.awaits),
      ]
    var builder = StackTreeBuilder(nodes)
    let first = builder.stack(of: 5)
    let second = builder.stack(of: 8)
    let tree = builder.tree(modules: ModuleMap([]))
    #expect(first != second)
    #expect(tree.parent(of: first) == tree.parent(of: second))
  }

  @Test func `callers of a frame that is not there stand at the root`() {
    let nodes =
      native + [
        StackNode(id: 4, parent: 3, programCounter: UInt64(MT_PC_ASYNC) + 99),
        StackNode(id: 5, parent: 4, programCounter: 0xa_0000 | Self.awaits),
      ]
    #expect(
      frames(of: 5, in: nodes) == [0xa_0000 | Self.awaits, 0x1_0000, 0x2_0000, 0x3_0000])
  }

  @Test(arguments: [
    // A caller without a native stack, a circle, a chain on a chain.
    [StackNode(id: 5, parent: 0, programCounter: 0xa_0000 | awaits)],
    [
      StackNode(id: 5, parent: 6, programCounter: 0xa_0000 | awaits),
      StackNode(id: 6, parent: 5, programCounter: 0xb_0000 | awaits),
    ],
    [
      StackNode(id: 4, parent: 5, programCounter: UInt64(MT_PC_ASYNC)),
      StackNode(id: 5, parent: 4, programCounter: 0xa_0000 | awaits),
    ],
  ])
  func `chains that no recorder writes are one unknown frame`(nodes: [StackNode]) {
    #expect(frames(of: 5, in: nodes) == [ProgramCounter.broken.rawValue])
  }
}
