import Aggregation
import Analysis
import ArgumentParser
import Reports
import TraceFormat

/// `memtrace-analyze growth [TRACE]`
struct GrowthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "growth",
    abstract: "What grows and never shrinks.",
    discussion: """
      The run is divided into windows. A stack is judged by the least that it had live in each: \
      blocks that come and go do not count, leaks do. A rise must continue to the end, or until \
      the program becomes idle. Slowly growing stacks of one function, or below one caller, are \
      one suspect if together they grow fast; so are many small suspects.

      Verdicts:
        grows steadily, suspect       a leak, or a cache without a limit
        plateau, a cache              has risen and stays
        sawtooth, freed in batches    rises and falls by large parts
        start-up, one time            nothing was allocated after warm-up

      Examples:
        memtrace-analyze growth
        memtrace-analyze growth --threshold 100k --warm-up 60s
        memtrace-analyze growth --group-by function --fail-on-growth
        memtrace-analyze growth --from warm --module 'libcache*'
        memtrace-analyze growth --json | jq '.stacks[] | select(.verdict == "grows")'
      """)

  private static let mostWindows = 128
  private static let shortestWindow: UInt64 = 5_000_000

  @Option(
    help: ArgumentHelp("Bytes per second from which a stack is a suspect.", valueName: "bytes"))
  var threshold = ByteAmount(bytes: 1000)

  @Option(
    name: .customLong("warm-up"),
    help: ArgumentHelp(
      "How long to leave out: 30s, 10%, a mark (default: 10%, or a second if that is more).",
      valueName: "time"))
  var warmUp: String?

  @Option(name: .customLong("group-by"), help: "What to judge as one.")
  var grouping = GrowthGroups.Grouping.stack

  @Flag(
    name: .customLong("fail-on-growth"), help: "Exit with status 23 if there are suspects.")
  var failsOnGrowth = false

  @Option(help: ArgumentHelp("Stacks to show of a verdict.", valueName: "count"))
  var limit = 10

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    try LimitValidation.check(limit)
    if filter.at != nil || filter.show != nil {
      throw ValidationError(
        "Growth is about what is live from moment to moment: no --at, no --show.")
    }
    if let warmUp, TimePoint(warmUp) == nil {
      throw ValidationError("--warm-up is a time such as 30s, a share such as 10%, or a mark.")
    }
  }

  func run() throws {
    var hasSuspects = false
    var question = RunQuestion(running: filter)
    question.followsBlocks = true  // The stacks are then those that are followed over time.
    question.isOverTime = true
    let point = warmUp.flatMap { TimePoint($0) }
    question.isToldByMarks = point?.isMark ?? false
    let run = try report.load(question)
    let result = try judge(run, warmUp: point)
    hasSuspects = result.hasSuspects
    try report.write(result, of: run.trace)
    if failsOnGrowth, hasSuspects { throw ExitCode(ExitStatus.found.rawValue) }
  }

  private func judge(_ run: AnalyzedRun, warmUp point: TimePoint?) throws -> GrowthReport {
    let trace = run.trace
    do {
      let window = trace.profile.selection?.query.window ?? HeapQuery.wholeRun
      let end = min(window.upperBound, run.times.durationNanoseconds)
      let duration = end - min(end, window.lowerBound)
      let windows = max(
        8, min(Self.mostWindows, Int(clamping: duration / Self.shortestWindow)))
      let windowLength = duration / UInt64(windows) + 1
      let start =
        try point.map { try warmUpEnd($0, in: run.times, window.lowerBound, duration) }
        ?? max(duration / 10, min(1_000_000_000, duration / 4))
      var thresholds = HeapGrowth.Thresholds(
        warmUpWindows: Int(min(UInt64(windows), (start + windowLength - 1) / windowLength)))
      thresholds.bytesPerSecond = Double(threshold.bytes)
      let groups = GrowthGroups(trace, by: grouping)
      let found = try run.series(
        groupOfStack: groups.groupOfStack, groups: groups.count, windows: windows,
        .onStandardError)
      return GrowthReport(
        trace, rows: groups.rows(found, thresholds, trace.stacks),
        whole: HeapGrowth(found.total, activity: found.activity, thresholds),
        windowNanoseconds: found.total.windowNanoseconds, thresholds: thresholds,
        limit: LimitValidation.count(limit))
    } catch let error as AnalysisError {
      throw CommandFailure(error)
    } catch is FilterError {
      throw CommandFailure("--warm-up \(warmUp ?? "") is no moment of this run", status: .usage)
    }
  }

  /// How long warm-up lasts from the window's start on: a mark is a moment of the run, all else a
  /// length of time, or a share of the window.
  private func warmUpEnd(
    _ point: TimePoint, in times: RunTimes, _ start: UInt64, _ duration: UInt64
  ) throws(FilterError) -> UInt64 {
    switch point {
    case .nanoseconds(let length):
      guard length <= duration else { throw FilterError(.outsideRun(length, duration)) }
      return length
    case .percent(let share): return UInt64(saturating: Double(duration) * share / 100)
    case .mark:
      let time = try times.time(of: point, after: nil)
      return time - min(time, start)
    }
  }
}

extension GrowthGroups.Grouping: ExpressibleByArgument {}
