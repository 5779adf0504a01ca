import Aggregation
import Testing
import TraceFormat

@testable import Reports

@Suite struct PresentedStacksTests {
  private func stack(_ trace: AnalyzedTrace, _ names: [String]) -> PresentedStack? {
    trace.stacks.stacks.first { trace.stacks.frames(of: $0).map(\.function) == names }
  }

  @Test("Stacks that differ in addresses alone are one, with the exact sum of their costs")
  func merging() throws {
    var fixture = ProfileFixture()
    fixture.add(["main", "f", "g@1"], allocations: 1, bytes: 10, peak: (1, 5), temporary: 1)
    fixture.add(["main", "f@2", "g@2"], allocations: 2, bytes: 20, peak: (2, 6), leaked: (1, 7))
    fixture.add(["main", "g"], allocations: 4, bytes: 40)
    let trace = fixture.trace
    #expect(trace.stacks.stacks.count == 2)
    let merged = try #require(stack(trace, ["g", "f", "main"]))
    #expect(merged.cost.allocations == 3 && merged.cost.allocatedBytes == 30)
    #expect(merged.cost.peakAllocations == 3 && merged.cost.peakBytes == 11)
    #expect(merged.cost.leakedAllocations == 1 && merged.cost.leakedBytes == 7)
    #expect(merged.cost.temporaryAllocations == 1)
  }

  @Test("A run of addresses in no file is one frame; --raw shows each") func unknownCode() {
    var fixture = ProfileFixture()
    for name in ["jit@1", "jit@2", "jit@3"] { fixture.moduleOfFrame[name] = 0 }
    fixture.add(["main", "jit@1", "jit@2", "grow"], allocations: 1, bytes: 10)
    fixture.add(["main", "jit@3", "grow"], allocations: 2, bytes: 20)
    fixture.add(["main", "jit@3"], allocations: 4, bytes: 40)
    #expect(
      stack(fixture.trace, ["grow", "[code of no file]", "main"])?.cost.allocatedBytes == 30)
    #expect(stack(fixture.trace, ["[code of no file]", "main"])?.cost.allocatedBytes == 40)
    fixture.rules = .none
    #expect(stack(fixture.trace, ["grow", "0x2020", "0x2010", "main"])?.cost.allocatedBytes == 10)
  }

  @Test("Hidden frames leave stacks, folded ones are shown as the outermost of their run")
  func rules() {
    var fixture = ProfileFixture()
    let whole = [
      "operator new(unsigned long)",
      "std::__new_allocator<int>::allocate(unsigned long, void const*)",
      "std::vector<int>::_M_realloc_insert<int>(int&&)", "std::vector<int>::push_back(int const&)",
      "grow", "malloc", "std::__invoke_impl<void>(int)", "std::thread::_M_run()", "main", "_start",
    ]
    fixture.add(whole.reversed(), allocations: 1, bytes: 1)
    #expect(
      stack(
        fixture.trace,
        ["std::vector<int>::push_back(int const&)", "grow", "std::thread::_M_run()", "main"]) != nil
    )
    fixture.rules = .none
    #expect(stack(fixture.trace, whole) != nil)
    fixture.rules = FrameRules([
      FrameRule(.hide, function: "std::*"), FrameRule(.fold, function: "m*"),
      FrameRule(.fold, function: "gr*"),
    ])
    #expect(stack(fixture.trace, [whole[0], "main", "_start"]) != nil)
  }

  @Test("Stacks that show the same are one, with the exact sum of their costs") func foldedMerging()
  {
    var fixture = ProfileFixture()
    fixture.add(["main", "f", "malloc"], allocations: 1, bytes: 10, leaked: (1, 10))
    fixture.add(["main", "f", "calloc"], allocations: 2, bytes: 20)
    fixture.add(["_start", "main", "f", "std::a()", "std::b()"], allocations: 4, bytes: 40)
    fixture.add(
      ["main", "f", "std::a()", "std::c()", "operator new(1)"], allocations: 8, bytes: 80)
    let trace = fixture.trace
    #expect(trace.stacks.stacks.count == 2)
    #expect(stack(trace, ["f", "main"])?.cost.allocatedBytes == 30)
    #expect(stack(trace, ["f", "main"])?.cost.leakedBytes == 10)
    #expect(stack(trace, ["std::a()", "f", "main"])?.cost.allocatedBytes == 120)
  }

  @Test("With all frames kept the rules only class them") func keepingAll() throws {
    var fixture = ProfileFixture()
    fixture.keepsAllFrames = true
    fixture.add(["_start", "main", "std::a()", "malloc"], allocations: 1, bytes: 1)
    fixture.add(["_start", "main", "std::a()", "calloc"], allocations: 1, bytes: 1)
    let trace = fixture.trace
    #expect(trace.stacks.stacks.count == 2)
    let frames = trace.stacks.frames(of: trace.stacks.stacks[0])
    #expect(frames.map(\.function) == ["malloc", "std::a()", "main", "_start"])
    #expect(frames.map(\.action) == [.hide, .fold, .show, .hide])
    #expect(frames.map(\.isLibrary) == [true, true, false, true])
  }

  @Test("A stack of hidden frames alone is left whole", arguments: [[], ["BROKEN"], ["CUT"]])
  func hiddenAlone(outer: [String]) {
    var fixture = ProfileFixture()
    fixture.add(outer + ["operator new(unsigned long)", "malloc"], allocations: 1, bytes: 1)
    let trace = fixture.trace
    #expect(
      trace.stacks.frames(of: trace.stacks.stacks[0]).prefix(2).map(\.function) == [
        "malloc", "operator new(unsigned long)",
      ])
  }

  @Test("A stack without a frame of the program's own is not folded", arguments: [[], ["BROKEN"]])
  func foldedAlone(outer: [String]) {
    var fixture = ProfileFixture()
    fixture.add(outer + ["_start", "std::a()", "std::b()", "malloc"], allocations: 1, bytes: 1)
    fixture.add(outer + ["_start", "std::a()", "main", "std::b()"], allocations: 1, bytes: 1)
    let trace = fixture.trace
    let shown = trace.stacks.stacks.map { trace.stacks.frames(of: $0).map(\.function) }
    let end = outer.isEmpty ? [] : ["[unwinding ended here]"]
    #expect(shown == [["std::b()", "std::a()"] + end, ["std::b()", "main", "std::a()"] + end])
  }

  @Test("An empty stack has no frames, and its cost is kept") func emptyStack() {
    var fixture = ProfileFixture()
    fixture.add([], allocations: 3, bytes: 9)
    let trace = fixture.trace
    #expect(trace.stacks.stacks.count == 1)
    #expect(trace.stacks.frames(of: trace.stacks.stacks[0]).isEmpty)
    #expect(trace.stacks.stacks[0].cost.allocatedBytes == 9)
  }

  @Test("Inlined callers become frames of their own") func inlining() throws {
    var fixture = ProfileFixture()
    fixture.inlined["f"] = ["outer", "inner"]
    fixture.places["inner"] = ("/src/a.h", 5)
    fixture.add(["main", "f"], allocations: 1, bytes: 1)
    let frames = fixture.trace.stacks.frames(of: fixture.trace.stacks.stacks[0])
    #expect(frames.map(\.function) == ["inner", "outer", "f", "main"])
    #expect(frames.map(\.isInlined) == [true, true, false, false])
    #expect(frames[0].file == "/src/a.h" && frames[0].line == 5)
    #expect(frames[3].moduleName == "demo")
  }

  @Test("A frame that one stack has at several lines shows them, at several files no file")
  func places() {
    var fixture = ProfileFixture()
    fixture.places = [
      "f@1": ("/a.c", 1), "f@2": ("/a.c", 2), "g@1": ("/a.c", 1), "g@2": ("/b.c", 1),
    ]
    for name in ["f@1", "f@2", "f@1", "g@1", "g@2", "g@1"] {
      fixture.add([name, "leaf"], allocations: 1, bytes: 1)
    }
    let trace = fixture.trace
    #expect(trace.stacks.stacks.count == 2)
    for stack in trace.stacks.stacks {
      let outer = trace.stacks.frames(of: stack)[1]
      #expect(outer.line == nil)
      #expect(outer.lines == (outer.function == "f" ? [1, 2] : []))
      #expect(outer.file == (outer.function == "f" ? "/a.c" : nil))
    }
  }

  @Test("Rankings are ordered, bounded, stable and without zeros") func ranking() {
    var fixture = ProfileFixture()
    var generator = SystemRandomNumberGenerator()
    var values: [Int] = []
    for index in 0..<500 {
      let value = Int.random(in: 0...40, using: &generator)
      values.append(value)
      fixture.add(["f\(index)"], allocations: value, bytes: value * 3)
    }
    let stacks = fixture.trace.stacks
    for limit in [1, 10, 499, 1000] {
      let ranked = stacks.ranked(by: .allocations, limit: limit)
      let expected = values.filter { $0 > 0 }.sorted(by: >).prefix(limit)
      #expect(ranked.map(\.cost.allocations) == Array(expected))
      for (left, right) in zip(ranked, ranked.dropFirst())
      where left.cost.allocations == right.cost.allocations {
        #expect(left.id < right.id)
      }
    }
  }

  @Test("Leaks of empty blocks are leaks") func emptyLeaks() {
    var fixture = ProfileFixture()
    fixture.add(["f"], allocations: 1, leaked: (1, 0))
    fixture.add(["g"], allocations: 1)
    #expect(fixture.trace.stacks.ranked(by: .leaked, limit: 9).count == 1)
  }
}
