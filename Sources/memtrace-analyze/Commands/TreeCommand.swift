import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze tree [TRACE]`
struct TreeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree",
    abstract: "A cost as a call tree, top down or bottom up.",
    discussion: """
      Top down, a function's figure covers all allocations below it. Bottom up, the first level \
      has the functions that allocated, and the levels below have their callers' shares.

      Examples:
        memtrace-analyze tree --by peak
        memtrace-analyze tree --bottom-up --depth 3 --min-percent 5
        memtrace-analyze tree --json | jq '.nodes[0].function'
      """)

  @Option(name: .customLong("by"), help: ArgumentHelp("What to count.", valueName: "cost"))
  var kind = CostKind.bytes

  @Flag(name: .customLong("bottom-up"), help: "From what allocated to its callers.")
  var isBottomUp = false

  @Option(help: ArgumentHelp("Levels to show; all by default.", valueName: "levels"))
  var depth: Int?

  @OptionGroup var branches: BranchOptions

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if let depth, depth < 1 { throw ValidationError("--depth must be at least 1.") }
    try kind.checkAdditive()
  }

  func run() throws {
    var extent = TreeReport.Extent()
    extent.isBottomUp = isBottomUp
    extent.depth = depth
    extent.minimumPercent = branches.minimumPercent
    var question = try RunQuestion(filter, cost: kind)
    question.showsStacks = false
    try report.run(question) { TreeReport($0, by: kind, extent: extent) }
  }
}
