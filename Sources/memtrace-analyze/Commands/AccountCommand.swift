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
      Anonymous memory, files, shared memory and memtrace's own are the kernel's sums in the memory \
      sample nearest to the moment. Anonymous memory is split by the blocks that were live then, \
      the pages on which they lie, and the mappings whose calls are in the trace.

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
