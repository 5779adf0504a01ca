import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze folded [TRACE]`
struct FoldedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "folded",
    abstract: "Folded stacks for flame graph tools.",
    discussion: """
      One line for each distinct stack, outermost function first, sorted:
      main;load;parse 4096. FlameGraph, inferno, speedscope, Firefox Profiler and Perfetto read \
      it. The sum of all lines is the total that the summary shows.

      Examples:
        memtrace-analyze folded --cost peak > peak.folded
        memtrace-analyze folded | flamegraph.pl --countname=bytes --colors=mem > bytes.svg
      """)

  @OptionGroup var input: TraceArgument

  @Option(name: .customLong("cost"), help: ArgumentHelp("What to count.", valueName: "cost"))
  var kind = CostKind.bytes

  @Flag(
    name: .customLong("simplify"),
    help: "Names as reports show them: without std:: defaults and parts of async functions.")
  var simplifiesNames = false

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup(title: "Stacks") var stacks: StackOptions

  func validate() throws { try kind.checkAdditive() }

  func run() throws {
    try TraceExport.run(
      input, stacks: stacks, question: RunQuestion(filter, cost: kind),
      format: FoldedExporter.format,
      ExportOptions(cost: kind, simplifiesNames: simplifiesNames), to: nil)
  }
}
