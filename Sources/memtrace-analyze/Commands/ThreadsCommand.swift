import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze threads [TRACE]`
struct ThreadsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "threads",
    abstract: "What each thread allocated.",
    discussion: """
      A block counts for the thread that allocated it, whichever thread freed it.

      Examples:
        memtrace-analyze threads
        memtrace-analyze threads --by own-peak --from 50%
        memtrace-analyze threads --json | jq '.threads[] | {name, ownPeakBytes}'
      """)

  @Option(name: .customLong("by"), help: ArgumentHelp("What to rank by.", valueName: "cost"))
  var kind = CostKind.bytes

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    let question = try RunQuestion(filter, cost: kind, grouping: .thread)
    try report.run(question) { ThreadsReport($0, by: kind) }
  }
}
