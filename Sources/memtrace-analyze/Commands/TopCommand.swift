import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze top [TRACE]`
struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "The stacks that cost most.",
    discussion: """
      Costs:
      \(CostKind.list)

      Examples:
        memtrace-analyze top --by peak --limit 20
        memtrace-analyze top --group-by function --inclusive
        memtrace-analyze top --group-by size --by allocations
        memtrace-analyze top --from start --to done --by own-peak
        memtrace-analyze top app.trace --by temporary --frames 0
        memtrace-analyze top --by bytes --json | jq '.stacks[0].frames[].function'
      """)

  @Option(name: .customLong("by"), help: ArgumentHelp("What to rank by.", valueName: "cost"))
  var kind = CostKind.bytes

  @Option(
    name: .customLong("group-by"),
    help: ArgumentHelp("What to add costs up by.", valueName: "group"))
  var grouping = CostGrouping.stack

  @Flag(help: "Rank functions, files, lines or modules with all that they call.")
  var inclusive = false

  @Option(help: ArgumentHelp("Entries to show, 0 for all.", valueName: "count"))
  var limit = 10

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    try LimitValidation.check(limit)
    try grouping.check(inclusive: inclusive, kind)
  }

  func run() throws {
    let question = try RunQuestion(filter, cost: kind, grouping: grouping)
    if grouping == .stack {
      try report.run(question) {
        TopReport($0, by: kind, limit: LimitValidation.count(limit))
      }
    } else {
      try report.run(question) {
        GroupReport(
          $0, by: kind, grouping: grouping, limit: LimitValidation.count(limit),
          ranksInclusive: inclusive)
      }
    }
  }
}
