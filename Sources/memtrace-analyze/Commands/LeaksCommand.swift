import ArgumentParser
import Reports

/// `memtrace-analyze leaks [TRACE]`
struct LeaksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leaks",
    abstract: "What was never freed.",
    discussion: """
      Every block that was live when the trace ended counts, whether or not the program could \
      still reach it: memory that a program keeps until it exits is shown, too.

      Examples:
        memtrace-analyze leaks
        memtrace-analyze leaks app.trace --limit 50 --frames 0
        memtrace-analyze leaks --json | jq .leakedBytes
      """)

  @Option(help: ArgumentHelp("Stacks to show.", valueName: "count"))
  var limit = 20

  @OptionGroup var report: ReportOptions

  func validate() throws { try LimitValidation.check(limit) }

  func run() throws {
    try report.run { LeaksReport($0, limit: limit) }
  }
}
