import Aggregation
import Symbolization
import Testing

@testable import Reports

/// Which frames are one function, and which stacks are one.
@Suite struct FunctionIdentityTests {
  private func frames(_ trace: AnalyzedTrace) -> [[PresentedFrame]] {
    trace.stacks.ranked(by: .bytes, limit: .max).map { trace.stacks.frames(of: $0) }
  }

  @Test("Functions of one name are two if they are declared at two places")
  func declarations() {
    var fixture = ProfileFixture()
    for (name, line, column) in [("make@1", 4, 3), ("make@2", 4, 30), ("make@3", 4, 3)] {
      fixture.definitions[name] = FunctionDefinition(file: "/src/a.c", line: line, column: column)
    }
    fixture.add(["main", "make@1"], allocations: 1, bytes: 100)
    fixture.add(["main", "make@2"], allocations: 1, bytes: 10)
    fixture.add(["main", "make@3"], allocations: 1, bytes: 1)
    let trace = fixture.trace
    #expect(trace.stacks.stacks.map(\.cost.allocatedBytes) == [101, 10])
    #expect(frames(trace).map(\.[0].distinction) == ["a.c:4:3", "a.c:4:30"])
    #expect(frames(trace).map(\.[1].distinction) == [nil, nil])
    var text = ""
    GroupReport(trace, by: .bytes, grouping: .function, limit: 10)
      .writeText(to: &text, style: TextStyle())
    #expect(text.contains("make (a.c:4:3)") && text.contains("make (a.c:4:30)"))
  }

  @Test("Without debug information their addresses tell them apart") func entries() {
    var fixture = ProfileFixture()
    fixture.definitions = [
      "make@1": FunctionDefinition(entry: 0x1139), "make@2": FunctionDefinition(entry: 0x1200),
    ]
    fixture.add(["main", "make@1"], allocations: 1, bytes: 2)
    fixture.add(["main", "make@2"], allocations: 1, bytes: 1)
    #expect(frames(fixture.trace).map(\.[0].distinction) == ["+0x1139", "+0x1200"])
  }

  @Test("A stack has its own lines, and all of them where it stands for several calls")
  func lines() {
    var fixture = ProfileFixture()
    for line in [6, 7, 9] { fixture.places["main@\(line)"] = ("/src/a.c", line) }
    fixture.add(["main@6", "alpha"], allocations: 1, bytes: 100)
    fixture.add(["main@9", "beta"], allocations: 1, bytes: 10)
    fixture.add(["main@7", "beta"], allocations: 1, bytes: 10)
    fixture.add(["main@9", "beta"], allocations: 1, bytes: 10)
    let main = frames(fixture.trace).map { $0[1] }
    #expect(main.map(\.line) == [6, nil])
    #expect(main.map(\.lines) == [[], [7, 9]])
    #expect(fixture.trace.stacks.stacks.map(\.cost.allocatedBytes) == [100, 30])
  }

  @Test("Recursion is one stack, whatever its depth and the length of its round", arguments: 1...5)
  func recursion(length: Int) {
    let round = (0..<length).map { "f\($0)" }
    var fixture = ProfileFixture()
    for depth in 1...40 {
      fixture.add(
        ["main"] + Array(repeating: round, count: depth).flatMap { $0 } + ["leaf"],
        allocations: 1, bytes: depth)
    }
    let folded = fixture.trace
    #expect(folded.stacks.stacks.map(\.cost.allocatedBytes) == [820])
    #expect(frames(folded)[0].map(\.function) == ["leaf"] + round.reversed() + ["main"])
    #expect(
      frames(folded)[0].map(\.isRecursive)
        == [false] + Array(repeating: true, count: length) + [false])
    fixture.foldsRecursion = false
    #expect(fixture.trace.stacks.stacks.count == 40)
  }

  @Test("Calls that only look like a recursion stay") func noRecursion() {
    var fixture = ProfileFixture()
    let stack = ["main", "a", "b", "a", "c", "a", "b", "d"]
    fixture.add(stack, allocations: 1, bytes: 1)
    #expect(frames(fixture.trace)[0].map(\.function) == stack.reversed())
    #expect(!frames(fixture.trace)[0].contains { $0.isRecursive })
  }

  @Test("The innermost round of a recursion says where it went on") func recursionLines() {
    var fixture = ProfileFixture()
    fixture.places = ["walk@1": ("/a.c", 10), "walk@2": ("/a.c", 20)]
    fixture.add(["main", "walk@1", "walk@1", "walk@2", "leaf"], allocations: 1, bytes: 1)
    let frame = frames(fixture.trace)[0][1]
    #expect(frame.function == "walk" && frame.line == 20 && frame.isRecursive)
  }
}
