import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze peak [TRACE]`
struct PeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peak",
    abstract: "What the heap held at its peak.",
    discussion: """
      The peak is the first moment at which the sum of all live blocks was at its highest. Each \
      stack is shown with what it had live at that moment, which need not be its own peak.

      Examples:
        memtrace-analyze peak
        memtrace-analyze peak app.trace --limit 50 --frames 0
        memtrace-analyze peak --json | jq '.modules'
      """)

  @Option(help: ArgumentHelp("Stacks, and modules, to show.", valueName: "count"))
  var limit = 10

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws { try LimitValidation.check(limit) }

  func run() throws {
    try report.run(RunQuestion(filter, cost: .peak)) {
      PeakReport($0, limit: LimitValidation.count(limit))
    }
  }
}
