import Aggregation
import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze callers FUNCTION [TRACE]`
struct CallersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "callers",
    abstract: "One function from both sides: who calls it, and what it calls.",
    discussion: """
      Figures cover what the function allocates, itself and in what it calls. If it calls itself, \
      the outermost call counts.

      Examples:
        memtrace-analyze callers 'Shop.render'
        memtrace-analyze callers '*parse*' app.trace --by allocations --depth 4
        memtrace-analyze callers malloc_wrapper --raw --min-percent 5
      """)

  @Argument(help: ArgumentHelp("The function; * matches any text.", valueName: "function"))
  var function: String

  @Option(name: .customLong("by"), help: ArgumentHelp("What to count.", valueName: "cost"))
  var kind = CostKind.peak

  @Option(help: ArgumentHelp("Levels to show on each side.", valueName: "levels"))
  var depth = 8

  @OptionGroup var branches: BranchOptions

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if depth < 1 { throw ValidationError("--depth must be at least 1.") }
    try kind.checkAdditive()
  }

  func run() throws {
    var extent = TreeReport.Extent()
    extent.depth = depth
    extent.minimumPercent = branches.minimumPercent
    var question = try RunQuestion(filter, cost: kind)
    question.showsStacks = false
    try report.run(question) { trace in
      do {
        return try CallersReport(trace, of: function, by: kind, extent: extent)
      } catch let error as FilterError {
        throw CommandFailure(error.description, status: .usage)
      }
    }
  }
}
