import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze snapshots [TRACE]`
struct SnapshotsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshots",
    abstract: "The snapshots of a run: what was live and resident at each.",
    discussion: """
      A snapshot is a moment that the program names (memtrace_snapshot in memtrace.h, \
      memtrace.snapshot in Python) or that memtrace run --snapshot-every takes. Each can be used \
      wherever an option takes a moment: what it holds is shown by every report with --at, and \
      diff --from A --to B compares two.

      Examples:
        memtrace-analyze snapshots
        memtrace-analyze top --at loaded
        memtrace-analyze diff --from periodic#2 --to periodic#9
        memtrace-analyze snapshots --json | jq '.snapshots[] | [.moment, .liveBytes]'
      """)

  @Option(help: ArgumentHelp("Snapshots to show.", valueName: "count"))
  var limit = 100

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    try LimitValidation.check(limit)
    try filter.checkPhases()
  }

  func run() throws {
    let run = try report.load(RunQuestion(phases: filter))
    let snapshots = SnapshotsReport(
      run.trace, try run.phases(), limit: LimitValidation.count(limit))
    try report.write(snapshots, of: run.trace)
  }
}
