import Aggregation
import Testing
import TraceFormat

@testable import Reports

@Suite struct CheckTests {
  /// 6,000 bytes at the peak, 1,000 leaked, 30 allocations, 10 of them temporary.
  private var fixture: ProfileFixture {
    var fixture = ProfileFixture()
    fixture.add(
      ["main", "load"], allocations: 20, bytes: 8000, peak: (5, 5000), leaked: (2, 1000),
      temporary: 4)
    fixture.add(
      ["main", "save"], allocations: 10, bytes: 2000, peak: (1, 1000), temporary: 6)
    return fixture
  }

  private func check(_ trace: AnalyzedTrace, _ limits: [MemoryLimit]) -> CheckReport {
    CheckReport(trace, limits: limits)
  }

  private func text(_ report: CheckReport) -> String {
    var text = ""
    report.writeText(to: &text, style: TextStyle(width: 100, stackLines: 8))
    return text
  }

  @Test(
    "A limit is kept by what is as large, and broken by one more",
    arguments: [
      (MemoryLimit.Figure.peak, 6000), (.leaked, 1000), (.allocated, 10_000), (.allocations, 30),
      (.temporary, 10),
    ])
  func bounds(figure: MemoryLimit.Figure, value: Int) {
    let trace = fixture.trace
    #expect(check(trace, [MemoryLimit(figure, most: .number(value))]).verdict == .kept)
    #expect(check(trace, [MemoryLimit(figure, most: .number(value - 1))]).verdict == .broken)
  }

  @Test("A share is of all allocations")
  func share() {
    let trace = fixture.trace
    func verdict(_ percent: Double) -> CheckReport.Verdict {
      check(trace, [MemoryLimit(.temporary, most: .percentOfAllocations(percent))]).verdict
    }
    #expect(verdict(34) == .kept)
    #expect(verdict(33) == .broken)
  }

  @Test("One broken limit of several is named, with the stack that costs most of it first")
  func culprit() throws {
    let report = check(
      fixture.trace,
      [
        MemoryLimit(.peak, most: .number(6000)), MemoryLimit(.temporary, most: .number(5)),
      ])
    let text = text(report)
    #expect(text.contains("1 of 2 limits is broken."))
    let save = try #require(text.range(of: "save"))
    let load = try #require(text.range(of: "load"))
    #expect(save.lowerBound < load.lowerBound)
    #expect(!text.contains("Most memory at the peak"))
  }

  @Test("Suppressed leaks do not count")
  func suppressed() throws {
    var list = LeakSuppressionList()
    try list.add("leak:load\n")
    let report = CheckReport(
      fixture.trace, limits: [MemoryLimit(.leaked, most: .number(0))], suppressions: list)
    #expect(report.verdict == .kept)
  }

  @Test("What is missing in a trace makes every limit unsure, also one that is broken")
  func unsure() {
    let limits = [MemoryLimit(.peak, most: .number(1)), MemoryLimit(.leaked, most: .number(9999))]
    var damaged = fixture
    damaged.damage = [TraceDamage(offset: 1, skippedBytes: 2, cause: "test")]
    #expect(check(damaged.trace, limits).verdict == .unknown)
    #expect(text(check(damaged.trace, limits)).contains("This cannot be judged."))
    #expect(check(ProfileFixture().trace, limits).verdict == .unknown)
    let unsampled = [MemoryLimit(.resident, most: .number(1))]
    #expect(check(fixture.trace, unsampled).verdict == .unknown)
  }
}
