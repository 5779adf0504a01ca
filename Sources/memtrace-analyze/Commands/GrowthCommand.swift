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
    question.judgesGrowth = grouping == .stack
    let point = warmUp.flatMap { TimePoint($0) }
    question.isToldByMarks = point?.isMark ?? false
    let run = try report.load(question)
    let result = try judge(run, warmUp: point)
    hasSuspects = result.hasSuspects
    try report.write(result, of: run.trace)
    if failsOnGrowth, hasSuspects { throw ExitCode(ExitStatus.found.rawValue) }
  }

  private func judge(_ run: AnalyzedRun, warmUp point: TimePoint?) throws -> GrowthReport {
    var analysis = GrowthAnalysis(run)
    analysis.grouping = grouping
    analysis.bytesPerSecond = Double(threshold.bytes)
    analysis.limit = LimitValidation.count(limit)
    do {
      return try analysis.report(
        warmUpNanoseconds: try point.map(analysis.warmUpLength), .onStandardError)
    } catch let error as AnalysisError {
      throw CommandFailure(error)
    } catch is FilterError {
      throw CommandFailure("--warm-up \(warmUp ?? "") is no moment of this run", status: .usage)
    }
  }
}

extension GrowthGroups.Grouping: ExpressibleByArgument {}
