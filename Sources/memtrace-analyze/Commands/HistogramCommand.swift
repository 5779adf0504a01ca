import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze histogram [TRACE]`
struct HistogramCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "histogram",
    abstract: "How large blocks are, and how long they live.",
    discussion: """
      Classes double: each holds the sizes, or lifetimes, from its first value to twice that. \
      Lifetimes are by the trace's coarse clock.

      Examples:
        memtrace-analyze histogram
        memtrace-analyze histogram --function '*parse*' --show retained
        memtrace-analyze histogram --json | jq '.sizes[] | [.smallestBytes, .allocations]'
      """)

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func run() throws {
    var question = try RunQuestion(filter)
    question.followsBlocks = true
    try report.run(question) { HistogramReport($0) }
  }
}
