import Aggregation
import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze account [TRACE]`
struct AccountCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "account",
    abstract: "Where resident memory was at one moment, in terms that add up.",
    discussion: """
      The recorder looks page by page at what is resident: at the start and the end, when a \
      twentieth more is resident, at marks, and now and then (memtrace run --account-every). The \
      report is of the look nearest to the moment: which of these pages live blocks lie on, what the \
      allocator keeps, mappings, stacks, files. A trace without such looks has the kernel's sums, \
      and bounds within anonymous memory.

      Examples:
        memtrace-analyze account
        memtrace-analyze account --at 80%
        memtrace-analyze account --json | jq '.account.parts[] | [.part, .bytes]'
      """)

  @Option(help: ArgumentHelp("Stacks of mappings to show, 0 for all.", valueName: "count"))
  var limit = 5

  @OptionGroup var moment: MomentOptions
  @OptionGroup var report: ReportOptions

  func validate() throws { try LimitValidation.check(limit) }

  func run() throws {
    let run = try moment.load(report, for: "account")
    let account: MemoryAccount?
    do throws(AnalysisError) {
      account = try run.account(.onStandardError)
    } catch {
      throw CommandFailure(error)
    }
    try report.write(
      AccountReport(run.trace, account, limit: LimitValidation.count(limit)), of: run.trace)
  }
}
