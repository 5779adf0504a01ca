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
        bytes        all bytes ever allocated
        allocations  number of allocations
        peak         bytes that were live when the whole heap was largest
        own-peak     bytes that were live when the stack itself was largest
        live         bytes that were live at the window's end
        leaked       bytes that were still live at the end
        temporary    allocations freed before their thread allocated again; an
                     estimate for blocks that other threads free
        short-lived  allocations freed in less than --short-lived
        reallocated  blocks made by a realloc, moved or in place
        moved        blocks made by a realloc at another address
        copied       bytes that reallocs which moved had to copy
        wasted       bytes of blocks that a realloc replaced with a larger one

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
