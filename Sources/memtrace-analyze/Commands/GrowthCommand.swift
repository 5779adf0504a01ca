import Aggregation
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
      what comes and goes does not count, a leak does. The slope is the median of those between \
      all pairs of windows after warm-up.

      Verdicts:
        grows steadily, suspect       a leak, or a cache without a limit
        plateau, a cache              has risen and stays
        sawtooth, freed in batches    rises and falls by large parts
        start-up, one time            nothing was allocated after warm-up

      Examples:
        memtrace-analyze growth
        memtrace-analyze growth --threshold 100k --warm-up 60s
        memtrace-analyze growth --group-by function --fail-on-growth
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

  @OptionGroup var report: ReportOptions

  func validate() throws {
    try LimitValidation.check(limit)
    if let warmUp, TimePoint(warmUp) == nil {
      throw ValidationError("--warm-up is a time such as 30s, a share such as 10%, or a mark.")
    }
  }

  func run() throws {
    var hasSuspects = false
    try report.run { trace in
      let result = try judge(trace)
      hasSuspects = result.hasSuspects
      return result
    }
    if failsOnGrowth, hasSuspects { throw ExitCode(ExitStatus.found.rawValue) }
  }

  private func judge(_ trace: AnalyzedTrace) throws -> GrowthReport {
    let progress = ProgressLine("following stacks of \(trace.path)")
    defer { progress.clear() }
    do {
      let point = warmUp.flatMap { TimePoint($0) }
      let source = try HeapTrace(path: trace.path, readsMarks: point?.isMark ?? false)
      guard source.stacks.count == trace.profile.stacks.count else {
        throw CommandFailure("\(trace.path) is still being written; try again", status: .dataError)
      }
      let duration = source.durationNanoseconds
      let windows = max(
        8, min(Self.mostWindows, Int(clamping: duration / Self.shortestWindow)))
      let windowLength = duration / UInt64(windows) + 1
      let start =
        try point.map { try source.time(of: $0, after: nil) }
        ?? max(duration / 10, min(1_000_000_000, duration / 4))
      var thresholds = HeapGrowth.Thresholds(
        warmUpWindows: Int(min(UInt64(windows), (start + windowLength - 1) / windowLength)))
      thresholds.bytesPerSecond = Double(threshold.bytes)
      let groups = GrowthGroups(trace, by: grouping)
      let series = try source.series(
        groupOfStack: groups.groupOfStack, groups: groups.count, windows: windows
      ) { progress.show($0) }
      return GrowthReport(
        trace, rows: groups.rows(series, thresholds), thresholds: thresholds, limit: limit)
    } catch let error as TraceError {
      throw CommandFailure(error)
    } catch is FilterError {
      throw CommandFailure("--warm-up \(warmUp ?? "") is no moment of this run", status: .usage)
    }
  }
}

extension GrowthGroups.Grouping: ExpressibleByArgument {}
