import Aggregation
import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze fragmentation [TRACE]`
struct FragmentationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fragmentation",
    abstract: "Which blocks keep pages that are otherwise nearly empty.",
    discussion: """
      A page stays resident as long as any block lies on it. The live blocks of a moment are laid \
      on pages by their addresses; a page that they occupy less than half is pinned, and its rest \
      is wasted. Stacks are ranked by their share of that.

      Examples:
        memtrace-analyze fragmentation
        memtrace-analyze fragmentation --at 80%
        memtrace-analyze fragmentation --json | jq '.stacks[0]'
      """)

  @Option(help: ArgumentHelp("Stacks to show, 0 for all.", valueName: "count"))
  var limit = 10

  @OptionGroup var moment: MomentOptions
  @OptionGroup var report: ReportOptions

  func validate() throws { try LimitValidation.check(limit) }

  func run() throws {
    let run = try moment.load(report, for: "fragmentation")
    let found: HeapFragmentation
    do throws(AnalysisError) {
      found = try run.fragmentation(.onStandardError)
    } catch {
      throw CommandFailure(error)
    }
    try report.write(
      FragmentationReport(run.trace, found, limit: LimitValidation.count(limit)), of: run.trace)
  }
}
