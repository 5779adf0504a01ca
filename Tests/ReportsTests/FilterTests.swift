import Aggregation
import Testing
import TraceFormat

@testable import Reports

@Suite struct FilterTests {
  private func sentence(_ change: (inout HeapFilter) -> Void, _ window: Range<UInt64>) -> String {
    var filter = HeapFilter()
    change(&filter)
    return FilterText(filter: filter, window: window, durationNanoseconds: 4_000_000_000).sentence
  }

  @Test("A filter is said in a sentence") func sentences() {
    let whole: Range<UInt64> = 0..<4_000_000_000
    #expect(
      sentence(
        {
          $0.threads = ["worker*", "2"]
          $0.excluded = ["std::*"]
          $0.sizes = 64...64
        }, whole)
        == "Only blocks, allocated by thread worker* or 2, not under std::*, of 64 B.")
    let window: Range<UInt64> = 1_000_000_000..<2_000_000_000
    let times = TimeWindow(from: .percent(25), to: .percent(50))
    for (choice, words) in [
      (HeapQuery.Choice.allocated, "allocated from 1.00 s to 2.00 s (25.0 % of the run)"),
      (.live, "live at 2.00 s"), (.freed, "freed from 1.00 s to 2.00 s (25.0 % of the run)"),
      (.retained, "allocated from 1.00 s to 2.00 s (25.0 % of the run) and live at its end"),
      (.present, "live at any moment from 1.00 s to 2.00 s (25.0 % of the run)"),
    ] {
      #expect(
        sentence(
          {
            $0.window = times
            $0.choice = choice
          }, window) == "Only blocks \(words).")
    }
    #expect(sentence({ $0.choice = .live }, whole) == "Only blocks live at the end.")
  }

  @Test(
    "Functions go by their names without parameters",
    arguments: [
      ("parse", "parse"), ("int a::b<int(char)>(int, char)", "a::b<int(char)>"),
      ("(anonymous namespace)::f(int)", "(anonymous namespace)::f"),
      ("A::operator()(int) const", "A::operator()"), ("app.load(_:in:) -> ()", "app.load"),
      ("operator new(unsigned long)", "operator new"),
      ("std::f[abi:cxx11](int)", "std::f[abi:cxx11]"),
    ]) func parameters(name: String, expected: String)
  {
    #expect(FunctionName.withoutParameters(name) == expected)
  }

  @Test("Errors list what there is") func errors() {
    #expect(
      FilterError(.noMark("x", number: nil, known: ["a", "b", "a"])).description
        .hasSuffix("the program set a, b"))
    #expect(
      FilterError(.noMark("a", number: 3, known: ["a", "b", "a"])).description
        == "there is no mark a#3: the program set it 2 times")
    #expect(
      FilterError(.outsideRun(5_000_000_000, 4_000_000_000)).description
        == "5.00 s is after the end: the run lasted 4.00 s")
    let many = (1...30).map { "t\($0)" }
    #expect(
      FilterError(.noThread("x", known: many)).description.hasSuffix("t11, t12 and 18 more"))
  }
}
