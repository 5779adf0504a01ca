import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze [summary] [TRACE]`
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "What ran, what its heap did, and who is to blame.",
    discussion: """
      Examples:
        memtrace-analyze                        reads ./trace.bin
        memtrace-analyze --long                 all of it, not on one page
        memtrace-analyze app.trace --limit 10   ten entries in each ranking
        memtrace-analyze --from 40% --thread 2  what thread 2 allocated from there on
        memtrace-analyze traces/                all processes of a run, and their sum
        memtrace-analyze summary --json | jq .totals
      """)

  @Option(
    help: ArgumentHelp(
      "Entries in each ranking, 0 for all (default: what a page has room for, 5 with --long).",
      valueName: "count"))
  var limit: Int?

  @Flag(name: .customLong("long"), help: "All figures and notices, and every ranking with stacks.")
  var isLong = false

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws { try limit.map(LimitValidation.check) }

  func run() throws {
    var question = try RunQuestion(filter)
    // Suppressions see all frames of a stack.
    question.grouping = { .groups($0.wholeGroups) }
    let suppressions = LeakSuppressionList.standard
    question.findsRelatives = true
    let run = try report.load(question)
    let limit = limit.map(LimitValidation.count)
    if let group = run.group {
      let processes = ProcessesReport(
        group, run.trace, limit: limit, isLong: isLong, suppressions: suppressions)
      try report.write(processes, of: run.trace)
    } else {
      let summary = SummaryReport(
        run.trace, limit: limit, isLong: isLong, suppressions: suppressions)
      try report.write(summary, of: run.trace)
    }
  }
}
