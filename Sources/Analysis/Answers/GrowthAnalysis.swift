import Aggregation
import Reports

/// Judges what grows in a run: divides its window, follows the stacks over it, and leaves out warm-up.
package struct GrowthAnalysis {
  private static let mostWindows = 128
  private static let shortestWindow: UInt64 = 5_000_000

  private let run: AnalyzedRun
  /// What is judged as one.
  package var grouping = GrowthGroups.Grouping.stack
  /// From which on a stack is a suspect.
  package var bytesPerSecond = 1000.0
  /// Entries of a verdict.
  package var limit = 10

  /// - Precondition: `run` answers a question about blocks over time.
  package init(_ run: AnalyzedRun) { self.run = run }

  private var start: UInt64 { window.lowerBound }
  private var window: Range<UInt64> {
    run.trace.profile.selection?.query.window ?? HeapQuery.wholeRun
  }
  private var duration: UInt64 {
    let end = min(window.upperBound, run.times.durationNanoseconds)
    return end - min(end, start)
  }

  /// Into how many windows so much time is divided.
  static func windows(ofNanoseconds duration: UInt64) -> Int {
    max(8, min(mostWindows, Int(clamping: duration / shortestWindow)))
  }

  /// How long warm-up lasts from the window's start on: a mark is a moment of the run, all else a
  /// length of time, or a share of the window.
  package func warmUpLength(_ point: TimePoint) throws(FilterError) -> UInt64 {
    switch point {
    case .nanoseconds(let length):
      guard length <= duration else { throw FilterError(.outsideRun(length, duration)) }
      return length
    case .percent(let share): return UInt64(saturating: Double(duration) * share / 100)
    case .mark:
      let time = try run.times.time(of: point, after: nil)
      return time - min(time, start)
    }
  }

  /// Follows the stacks; without a length, warm-up is a tenth of the window, or a second if that is more.
  package func report(
    warmUpNanoseconds: UInt64? = nil, _ observer: AnalysisObserver
  ) throws(AnalysisError) -> GrowthReport {
    let windows = Self.windows(ofNanoseconds: duration)
    let windowLength = duration / UInt64(windows) + 1
    let warmUp = warmUpNanoseconds ?? max(duration / 10, min(1_000_000_000, duration / 4))
    var thresholds = HeapGrowth.Thresholds(
      warmUpWindows: Int(min(UInt64(windows), (warmUp + windowLength - 1) / windowLength)))
    thresholds.bytesPerSecond = bytesPerSecond
    let groups = GrowthGroups(run.trace, by: grouping)
    let found = try run.series(
      groupOfStack: groups.groupOfStack, groups: groups.count, windows: windows, observer)
    var report = GrowthReport(
      run.trace, rows: groups.rows(found, thresholds, run.trace.stacks),
      whole: HeapGrowth(found.total, activity: found.activity, thresholds),
      windowNanoseconds: found.total.windowNanoseconds, thresholds: thresholds, limit: limit)
    // Programs tear down what they have at their end.
    if report.growsBeyondHeap, let first = try run.account(at: start + warmUp, observer),
      let last = try run.account(at: start + duration - duration / 50, observer)
    {
      report.residentGrowth = ResidentGrowth(from: first, to: last, in: run.trace)
    }
    return report
  }
}
