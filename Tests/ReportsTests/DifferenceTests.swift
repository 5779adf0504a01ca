import Aggregation
import Testing
import TraceFormat

@testable import Reports

/// Which stacks of two traces are the same, and what is told of the others.
@Suite struct DifferenceTests {
  private typealias Stack = (frames: [String], allocations: Int, bytes: Int)

  /// What a test reads off a row: the frames outermost first, both values and the match.
  private struct Seen: Equatable {
    var frames: [String]
    var before: Int
    var after: Int
    var match: StackMatching.Match?

    init(
      _ frames: [String], _ before: Int, _ after: Int, _ match: StackMatching.Match? = nil
    ) {
      self.frames = frames
      self.before = before
      self.after = after
      self.match = match
    }
  }

  private func fixture(_ stacks: [Stack], build: UInt8 = 1) -> ProfileFixture {
    var fixture = ProfileFixture()
    fixture.modules[0] = Module(
      id: ModuleID(rawValue: 1), path: "/opt/demo/bin/demo", base: 0x1000,
      addresses: 0x1000..<0x10_0000, buildID: [build])
    for stack in stacks {
      fixture.add(stack.frames, allocations: stack.allocations, bytes: stack.bytes)
    }
    return fixture
  }

  private func rows(
    _ before: AnalyzedTrace, _ after: AnalyzedTrace, by kind: CostKind = .bytes
  ) -> [Seen] {
    let difference = TraceDifference(before, after, TraceDifference.Question(by: kind))
    return difference.rows.map { row in
      guard case .stack(let stack) = row.name else { return Seen([], 0, 0) }
      let frames = difference.stacks(of: row).frames(of: stack)
      return Seen(frames.reversed().map(\.function), row.before, row.after, row.match)
    }
  }

  private func changes(_ before: [Stack], _ after: [Stack]) -> [Seen] {
    rows(fixture(before).trace, fixture(after, build: 2).trace).filter { $0.before != $0.after }
  }

  @Test("A trace and itself differ in nothing, and every stack is found exactly") func same() {
    let trace = ProfileFixture.typical.trace
    for kind in CostKind.ofEveryTrace {
      let rows = rows(trace, trace, by: kind)
      #expect(rows.allSatisfy { $0.before == $0.after && $0.match == .exact })
      #expect(rows.reduce(0) { $0 + $1.before } == kind.total(of: trace.profile.totals))
    }
  }

  @Test("Gained, lost and changed stacks are told apart across builds") func known() {
    let before: [Stack] = [
      (["main", "load"], 20, 20_000), (["main", "forget"], 5, 200), (["main", "keep"], 9, 90),
    ]
    let after: [Stack] = [
      (["main", "keep"], 9, 90), (["main", "remember"], 7, 2100), (["main", "load"], 30, 30_000),
    ]
    #expect(
      changes(before, after) == [
        Seen(["main", "load"], 20_000, 30_000, .name), Seen(["main", "remember"], 0, 2100),
        Seen(["main", "forget"], 200, 0),
      ])
    let difference = TraceDifference(
      fixture(before).trace, fixture(after).trace, TraceDifference.Question(by: .bytes))
    #expect(difference.parts.map { $0.rows.count } == [1, 1, 1, 0, 1])
  }

  @Test("A function that one build inlined, under callers that stay, is no difference")
  func inlined() {
    #expect(
      changes(
        [(["main", "parse", "part", "grow"], 50, 849), (["main", "load"], 3, 30)],
        [(["main", "parse", "grow"], 50, 849), (["main", "load"], 3, 30)]) == [])
    // Two stacks of one build are one of the other, and that one had allocations of its own.
    let apart: [Stack] = [
      (["main", "parse", "part", "grow"], 50, 849), (["main", "parse", "grow"], 50, 3200),
      (["main", "load", "grow"], 20, 20_000), (["main", "grow"], 1, 5000),
    ]
    #expect(
      changes(apart, [(["main", "parse", "grow"], 100, 4049), (["main", "grow"], 21, 25_000)])
        == [])
    #expect(changes([(["main", "grow"], 121, 29_049)], apart) == [])
    // The entry says that it is of several, and shows the costliest.
    let whole: [Stack] = [(["main", "grow"], 121, 29_049)]
    let merged = TraceDifference(
      fixture(whole).trace, fixture(apart, build: 2).trace, TraceDifference.Question(by: .bytes)
    ).rows
    #expect(merged.map(\.stacks) == [4])
    guard case .stack(let shown)? = merged.first?.name else { return }
    #expect(shown.cost.allocatedBytes == 20_000)
  }

  @Test("Builds that inline in other places are no difference, if one of them tells where")
  func inlinedElsewhere() {
    var debug = ProfileFixture()
    debug.inlined["part"] = ["make"]
    debug.add(["main", "parse", "part"], allocations: 9, bytes: 900)
    debug.add(["main", "load", "make", "grow"], allocations: 3, bytes: 30)
    debug.add(["main", "load", "grow"], allocations: 5, bytes: 50)
    debug.add(["main", "make", "grow"], allocations: 1, bytes: 10)
    let stripped = fixture(
      [
        (["main", "parse", "part"], 9, 900), (["main", "load", "grow"], 8, 80),
        (["main", "make", "grow"], 1, 10),
      ], build: 2)
    #expect(rows(debug.trace, stripped.trace).allSatisfy { $0.before == $0.after })
    #expect(rows(stripped.trace, debug.trace).allSatisfy { $0.before == $0.after })
  }

  @Test("What was added and removed beside a stack that changed is not hidden in it")
  func changedBeside() {
    let before: [Stack] = [
      (["main", "grow"], 1000, 100_000), (["main", "forget", "grow"], 5, 500),
    ]
    let after: [Stack] = [(["main", "grow"], 1050, 105_000), (["main", "keep", "grow"], 7, 700)]
    #expect(
      changes(before, after) == [
        Seen(["main", "grow"], 100_000, 105_000, .name), Seen(["main", "keep", "grow"], 0, 700),
        Seen(["main", "forget", "grow"], 500, 0),
      ])
  }

  @Test("A function that was renamed is the same; one that replaces another is not")
  func renamed() {
    #expect(
      changes(
        [(["main", "read_1", "grow"], 40, 4000)], [(["main", "read_2", "grow"], 41, 4040)])
        == [Seen(["main", "read_2", "grow"], 4000, 4040, .fuzzy)])
    #expect(
      changes(
        [(["main", "read_1", "grow"], 40, 4000)], [(["main", "read_2", "grow"], 80, 8000)])
        == [
          Seen(["main", "read_2", "grow"], 0, 8000), Seen(["main", "read_1", "grow"], 4000, 0),
        ])
  }

  @Test("What a stack gained beside one that stays as it is is not hidden in it")
  func gainedBeside() {
    let before: [Stack] = [(["main", "grow"], 1000, 100_000)]
    let gained: Stack = (["main", "remember", "grow"], 7, 700)
    #expect(changes(before, before + [gained]) == [Seen(gained.frames, 0, 700)])
    #expect(changes(before + [gained], before) == [Seen(gained.frames, 700, 0)])
  }

  @Test("A function whose parameters changed is the same, whatever it costs now")
  func parameters() {
    #expect(
      changes(
        [(["main", "void read(int)"], 2, 20), (["main", "read(char)"], 1, 1)],
        [(["main", "void read(long)"], 9, 90), (["main", "read(char)"], 1, 1)])
        == [Seen(["main", "void read(long)"], 20, 90, .fuzzy)])
    #expect(
      changes(
        [(["main", "std::map<int, long>::operator[][abi:cxx11](int&&)"], 2, 20)],
        [(["main", "std::map<int, long int>::operator[]"], 2, 20)]) == [])
  }

  @Test("Code without names is one for all builds but its own")
  func nameless() {
    let old: [Stack] = [(["main", "demo+0x10"], 2, 20), (["main", "demo+0x20"], 3, 30)]
    let new: [Stack] = [(["main", "demo+0x18"], 2, 20), (["main", "demo+0x20"], 4, 40)]
    let sums = changes(old, new).map { [$0.before, $0.after] }
    #expect(sums == [[50, 60]])
    let same = rows(fixture(old).trace, fixture(new).trace).map { [$0.before, $0.after] }
    #expect(same.contains([30, 40]))
  }

  @Test("Copies that a compiler makes of a function are that function")
  func clones() {
    #expect(
      changes(
        [(["main", "grow"], 2, 20)], [(["main", "grow.constprop.0.isra.1"], 2, 20)]) == [])
    #expect(
      changes(
        [(["main", "grow(int)"], 2, 20)], [(["main", "grow(int) [clone .part.0]"], 2, 20)]) == [])
    #expect(
      changes([(["main", "a.b"], 2, 20), (["main", "a.c"], 9, 90)], [(["main", "a.b"], 2, 20)])
        == [Seen(["main", "a.c"], 90, 0)])
  }

  @Test("The sums of all rows are the totals, whatever is matched with what")
  func sums() {
    let names = ["main", "load", "parse", "walk", "grow", "grow@2", "read", "keep"]
    for seed in 0..<40 as Range<UInt64> {
      var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
      func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
      }
      func side() -> AnalyzedTrace {
        let stacks = (0..<random(30)).map { _ -> Stack in
          let depth = random(5)
          let count = random(9) + 1
          return ((0..<depth).map { _ in names[random(names.count)] }, count, count * random(99))
        }
        return fixture(stacks, build: UInt8(random(2))).trace
      }
      let (before, after) = (side(), side())
      for kind in [CostKind.bytes, .allocations] {
        let rows = rows(before, after, by: kind)
        #expect(rows.reduce(0) { $0 + $1.before } == kind.total(of: before.profile.totals))
        #expect(rows.reduce(0) { $0 + $1.after } == kind.total(of: after.profile.totals))
        let back = self.rows(after, before, by: kind)
        #expect(back.reduce(0) { $0 + $1.after } == kind.total(of: before.profile.totals))
      }
    }
  }

  @Test("Groups go by their names: files by the end of their paths, modules across versions")
  func groups() {
    var before = fixture([])
    var after = fixture([], build: 2)
    before.separatesLines = true
    after.separatesLines = true
    for (number, path) in [(2 as UInt32, "/usr/lib/libq.so.1"), (3, "/usr/lib/libr.so")] {
      let later = number == 2 ? "/opt/new/libq.so.2" : path
      for isAfter in [false, true] {
        let module = Module(
          id: ModuleID(rawValue: number), path: isAfter ? later : path, base: 0,
          addresses: 0x20_0000..<0x30_0000, buildID: [UInt8(number), isAfter ? 1 : 0])
        if isAfter { after.modules.append(module) } else { before.modules.append(module) }
      }
    }
    before.moduleOfFrame = ["queue": 2, "ring": 3]
    after.moduleOfFrame = before.moduleOfFrame
    before.places["queue"] = ("/build/a/src/queue.c", 5)
    after.places["queue"] = ("/build/b/src/queue.c", 5)
    before.add(["main", "queue"], allocations: 3, bytes: 300)
    before.add(["main", "ring"], allocations: 2, bytes: 20)
    after.add(["main", "queue"], allocations: 4, bytes: 400)
    after.add(["main", "ring"], allocations: 2, bytes: 20)
    for grouping in [CostGrouping.function, .file, .line, .module] {
      let rows = TraceDifference(
        before.trace, after.trace, TraceDifference.Question(by: .bytes, grouping: grouping)
      ).rows
      #expect(rows.map(\.before) == [300, 20], "\(grouping)")
      #expect(rows.map(\.after) == [400, 20], "\(grouping)")
    }
    let inclusive = TraceDifference.Question(by: .bytes, grouping: .function, isInclusive: true)
    #expect(
      TraceDifference(before.trace, after.trace, inclusive).rows.map(\.after) == [420, 400, 20])
  }

  @Test("Folded lines have two counts, whose sums are the totals") func folded() {
    let before = ProfileFixture.typical.trace
    var later = ProfileFixture.typical
    later.add(["main", "3"], allocations: 4, bytes: 44)
    let question = TraceDifference.Question(by: .bytes)
    var text = ""
    DiffReport(
      TraceDifference(before, later.trace, question), names: ("a", "b"), limit: 1
    ).writeFolded(to: &text)
    var sums = (before: 0, after: 0)
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      sums.before += Int(words[words.count - 2]) ?? -1
      sums.after += Int(words[words.count - 1]) ?? -1
    }
    #expect(sums.before == before.profile.totals.allocatedBytes)
    #expect(sums.after == sums.before + 44)
    #expect(text.contains("main;3 0 44\n"))
  }

  @Test("The text says how much changed, how and where") func text() {
    let report = DiffReport(
      TraceDifference(
        fixture([(["main", "load"], 20, 20_000), (["main", "forget"], 5, 200)]).trace,
        fixture([(["main", "load"], 30, 30_000)]).trace, TraceDifference.Question(by: .bytes)),
      names: ("old.bin", "new.bin"), limit: 1)
    var text = ""
    report.writeText(to: &text, style: TextStyle(isDecorated: false, width: 80))
    #expect(
      text == """
        old.bin -> new.bin

          bytes  19.7 KiB -> 29.3 KiB   +9.57 KiB

                 stacks     change
          lost        1     -200 B
          grown       1  +9.77 KiB

         1  +9.77 KiB   19.5 KiB -> 29.3 KiB, +10 blocks
            load  demo
            main  demo

            … 1 more change, -200 B in sum

        """)
  }
}
