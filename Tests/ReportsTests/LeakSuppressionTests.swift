import Aggregation
import Reports
import Testing
import TraceFormat

/// Patterns of LeakSanitizer's syntax, and what they take out of a report.
@Suite struct LeakSuppressionTests {
  @Test(
    "A pattern is looked for anywhere unless it is tied",
    arguments: [
      ("load", "preload_all", true), ("load", "lod", false), ("^load", "preload", false),
      ("^load", "loader", true), ("load$", "preload", true), ("load$", "loader", false),
      ("^load$", "load", true), ("^load$", "loads", false), ("a*c", "xabbcx", true),
      ("a*c", "cab", false), ("^a*c$", "abc", true), ("^a*c$", "abcd", false),
      ("^ab*bc$", "abc", false), ("*", "anything", true), ("", "anything", true), ("*", "", false),
      ("/lib*.so", "/usr/lib/libz.so.1", true), ("oo$", "foofoo", true), ("a**b", "ab", true),
      ("^*b$", "ab", true), ("ö*x", "größe x", true),
    ]) func patterns(pattern: String, text: String, matches: Bool)
  {
    #expect(LeakSuppression(pattern).matches(text) == matches)
  }

  @Test("A list has comments, empty lines, blanks and line ends of either kind") func list() throws
  {
    var list = LeakSuppressionList()
    try list.add("# known\n\n  leak:one\r\nleak:two words \t\n")
    let templates = list.entries.map { $0.suppression.template }
    #expect(templates == ["one", "two words"])
    let areGiven = list.entries.allSatisfy { !$0.isBuiltIn }
    #expect(areGiven)
  }

  @Test(
    "What is no suppression is an error with its line",
    arguments: [("leak:a\nrace:b\n", 2), ("leak:\n", 1), ("\n\nleak: \t\n", 3), ("Leak:a", 1)])
  func errors(text: String, line: Int) {
    var list = LeakSuppressionList()
    let failure = #expect(throws: LeakSuppressionList.Failure.self) { try list.add(text) }
    #expect(failure?.line == line)
  }

  private var fixture: ProfileFixture {
    var fixture = ProfileFixture(program: "demo")
    fixture.places["load"] = ("/src/demo/load.c", 3)
    fixture.addLibrary(of: ["puts", "fputs", "_IO_file_doallocate"])
    fixture.add(["main", "load", "malloc"], allocations: 3, bytes: 300, leaked: (2, 200))
    fixture.add(["main", "cache", "malloc"], allocations: 1, bytes: 50, leaked: (1, 50))
    fixture.add(
      ["main", "puts", "_IO_file_doallocate", "malloc"], allocations: 1, bytes: 4096,
      leaked: (1, 4096))
    fixture.add(
      ["main", "fputs", "_IO_file_doallocate", "malloc"], allocations: 9, bytes: 9 * 4096,
      leaked: (9, 9 * 4096))
    return fixture
  }

  private func text(_ report: LeaksReport) -> String {
    var output = ""
    report.writeText(to: &output, style: TextStyle())
    return output
  }

  @Test("What is suppressed is taken out and listed", arguments: ["load", "load.c", "main"])
  func suppressed(pattern: String) throws {
    var list = LeakSuppressionList()
    try list.add("leak:never\nleak:\(pattern)")
    let leaks = SuppressedLeaks(fixture.trace, list)
    let used = leaks.uses.map { $0.entry.suppression.template }
    #expect(used == [pattern])
    let all = pattern == "main"
    #expect(leaks.bytes == (all ? 250 + 10 * 4096 : 200))
    #expect(leaks.trace.profile.totals.leakedBytes == (all ? 0 : 50 + 10 * 4096))
    #expect(leaks.trace.profile.totals.allocations == fixture.totals.allocations)
    let report = LeaksReport(fixture.trace, limit: 9, suppressions: list)
    #expect(report.hasLeaks == !all)
    #expect(text(report).contains("leak:\(pattern)\n"))
    #expect(text(report).contains("load.c:3") == false)
  }

  @Test("A pattern may name the allocation machinery, which is not shown") func machinery() throws {
    var list = LeakSuppressionList()
    try list.add("leak:^malloc$")
    #expect(!LeaksReport(fixture.trace, limit: 9, suppressions: list).hasLeaks)
  }

  @Test("Built-in suppressions spare buffers of streams, not of many files") func standard() {
    var list = LeakSuppressionList()
    list.addStandard()
    let leaks = SuppressedLeaks(fixture.trace, list)
    #expect(leaks.bytes == 4096)
    let areBuiltIn = leaks.uses.allSatisfy { $0.entry.isBuiltIn }
    #expect(areBuiltIn)
  }

  /// A library's function that calls back into the program, in several ways.
  @Test("A built-in suppression ends at a frame of the program's own") func ownFrames() {
    var fixture = ProfileFixture(program: "demo")
    fixture.addLibrary(of: ["dlopen", "_dlerror_run", "call_init", "_dl_new_object", "setlocale"])
    let opening = ["main", "dlopen", "_dlerror_run"]
    fixture.add(
      opening + ["_dl_new_object", "calloc"], allocations: 9, bytes: 900, leaked: (9, 900))
    fixture.add(
      opening + ["call_init", "start_plugin", "malloc"], allocations: 5, bytes: 50, leaked: (5, 50))
    fixture.add(
      opening + ["call_init", "start_plugin", "setlocale", "malloc"], allocations: 1, bytes: 7,
      leaked: (1, 7))
    // A function of the program that happens to be named like a library's.
    fixture.add(["main", "setlocale@2", "malloc"], allocations: 2, bytes: 20, leaked: (2, 20))
    let leaks = SuppressedLeaks(fixture.trace, .standard)
    #expect(leaks.bytes == 907)
    #expect(leaks.trace.profile.totals.leakedBytes == 70)
  }

  @Test("A suppression that was given reaches through the program's own frames") func given() throws
  {
    var fixture = ProfileFixture(program: "demo")
    fixture.addLibrary(of: ["dlopen"])
    fixture.add(["main", "dlopen", "start", "malloc"], allocations: 1, bytes: 8, leaked: (1, 8))
    var list = LeakSuppressionList()
    try list.add("leak:dlopen")
    #expect(SuppressedLeaks(fixture.trace, list).bytes == 8)
  }

  @Test("Python code is the program's, but for what importing a module leaves") func python() {
    var fixture = ProfileFixture(program: "python3.11")
    let run = ["main", "pymain_run_file", "_PyEval_EvalFrameDefault"]
    let imported = run + ["PyImport_ImportModuleLevelObject", "_PyEval_EvalFrameDefault"]
    func add(_ frames: [String], _ blocks: Int, _ bytes: Int) {
      fixture.add(
        frames + ["PyObject_Malloc"], allocations: blocks, bytes: bytes, leaked: (blocks, bytes))
    }
    add(run + ["type_new", "PyType_Ready"], 3_000, 300_000)
    add(run + ["list_append"], 1, 1_000)
    add(imported + ["type_new"], 40, 4_000)
    add(imported + ["list_append"], 65, 6_500)
    add(imported + ["bytes_new"], 1, 100_000)
    add(["main", "Py_InitializeFromConfig", "_PyGC_Init"], 2, 400_000)
    add(["main", "Py_InitializeFromConfig", "_PyEval_EvalFrameDefault", "dict_new"], 3, 300)
    let leaks = SuppressedLeaks(fixture.trace, .standard)
    #expect(leaks.bytes == 404_000)
    #expect(leaks.trace.profile.totals.leakedAllocations == 3_000 + 1 + 65 + 1 + 3)
  }

  @Test("The summary lists the leaks that are not suppressed") func summary() {
    var output = ""
    SummaryReport(fixture.trace, limit: 9, suppressions: .standard).writeText(
      to: &output, style: TextStyle())
    #expect(output.contains("; 4.00 KiB in 1 suppressed"))
    var json = JSONWriter("")
    SummaryReport(fixture.trace, limit: 9, suppressions: .standard)
      .writeJSON(to: &json, analyzerVersion: "test")
    #expect(json.output.contains(#""suppressedBytes": 4096"#))
  }

  @Test("LeakSanitizer's form") func form() throws {
    var list = LeakSuppressionList()
    try list.add("leak:cache")
    list.addStandard()
    try expectGolden(
      text(LeaksReport(fixture.trace, limit: 1, suppressions: list, form: .lsan)), "leaks-lsan.txt")
    try expectGolden(
      text(LeaksReport(fixture.trace, limit: 1, suppressions: list)), "leaks-suppressed.txt")
  }
}
