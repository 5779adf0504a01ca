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
        leaked       bytes that were still live at the end
        temporary    allocations freed before their thread allocated again

      Examples:
        memtrace-analyze top --by peak --limit 20
        memtrace-analyze top app.trace --by temporary --frames 0
        memtrace-analyze top --by bytes --json | jq '.stacks[0].frames[].function'
      """)

  @Option(name: .customLong("by"), help: ArgumentHelp("What to rank by.", valueName: "cost"))
  var kind = CostKind.bytes

  @Option(help: ArgumentHelp("Stacks to show.", valueName: "count"))
  var limit = 10

  @OptionGroup var report: ReportOptions

  func validate() throws { try LimitValidation.check(limit) }

  func run() throws {
    try report.run { TopReport($0, by: kind, limit: limit) }
  }
}
