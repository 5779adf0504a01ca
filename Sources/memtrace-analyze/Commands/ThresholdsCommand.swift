import Aggregation
import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze thresholds [TRACE]`
struct ThresholdsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "thresholds",
    abstract: "When memory reached a threshold, and the stacks that held it.",
    discussion: """
      Thresholds are set by memtrace run --warn and --critical, or by the program: \
      memtrace_threshold_add in memtrace.h, memtrace.threshold in Python. Each time that one is \
      reached is a snapshot called warning, critical, or as the program calls it; other reports \
      take it as a moment.

      Examples:
        memtrace-analyze thresholds
        memtrace-analyze thresholds --stacks 10 --function 'cache::*'
        memtrace-analyze flamegraph --at critical -o critical.svg
        memtrace-analyze diff --from warning --to critical
        memtrace-analyze thresholds --json | jq '.thresholds[] | {moment, liveBytes}'
      """)

  @Option(help: ArgumentHelp("Thresholds to show.", valueName: "count"))
  var limit = 5

  @Option(
    name: .customLong("stacks"), help: ArgumentHelp("Stacks to show of each.", valueName: "count"))
  var stacksShown = 3

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    try LimitValidation.check(limit)
    if stacksShown < 0 { throw ValidationError("--stacks must not be negative; 0 is all.") }
    try filter.checkPhases()
  }

  func run() throws {
    let run = try report.load(RunQuestion(phases: filter))
    var thresholds = ThresholdsReport(
      run.trace, try run.phases(), limit: LimitValidation.count(limit),
      stacksShown: LimitValidation.count(stacksShown))
    for (number, time) in thresholds.moments {
      let question = try RunQuestion(filter).at(.nanoseconds(time))
      thresholds.show(try report.load(question).trace, at: number)
    }
    try report.write(thresholds, of: run.trace)
  }
}
