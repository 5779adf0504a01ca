import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze leaks [TRACE]`
struct LeaksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leaks",
    abstract: "What was never freed.",
    discussion: """
      Every block that was live when the trace ended counts, whether or not the program could \
      still reach it: memory that a program keeps until it exits is shown, too. Known one-time \
      allocations of runtimes are suppressed, and listed. For what grows, see growth.

      Examples:
        memtrace-analyze leaks
        memtrace-analyze leaks app.trace --limit 50 --frames 0
        memtrace-analyze leaks --suppressions known.txt --fail-on-leak
        memtrace-analyze leaks --format lsan
        memtrace-analyze leaks --json | jq .leakedBytes
      """)

  @Option(help: ArgumentHelp("Stacks to show, 0 for all.", valueName: "count"))
  var limit = 20

  @OptionGroup(title: "Suppressions") var suppressions: SuppressionOptions

  @Flag(
    name: .customLong("fail-on-leak"),
    help: "Exit with status 23 if there are leaks that are not suppressed.")
  var failsOnLeak = false

  @Option(help: "The text's form: memtrace's own, or as LeakSanitizer's reports (lsan).")
  var format = LeaksReport.Form.memtrace

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws { try LimitValidation.check(limit) }

  func run() throws {
    let list = try suppressions.list()
    var hasLeaks = false
    var question = try RunQuestion(filter, cost: .leaked)
    // LeakSanitizer's form has each recorded stack by itself.
    let isByAddress = format == .lsan
    question.grouping = { isByAddress ? .stack : .groups($0.wholeGroups) }
    try report.run(question) { trace in
      let leaks = LeaksReport(
        trace, limit: LimitValidation.count(limit), suppressions: list, form: format)
      hasLeaks = leaks.hasLeaks
      if format == .lsan { StandardError.write(shortcomingsOf: trace) }
      return leaks
    }
    if failsOnLeak, hasLeaks { throw ExitCode(ExitStatus.found.rawValue) }
  }
}

extension LeaksReport.Form: ExpressibleByArgument {}
