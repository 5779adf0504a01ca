import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze flamegraph [TRACE]`
struct FlameGraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flamegraph",
    abstract: "A flame graph as one SVG file, for browsers, READMEs and chat.",
    discussion: """
      Each box is a function, as wide as what was allocated below it. In a browser a click zooms, \
      Escape goes back, and / searches; anywhere else the file is a picture. It loads nothing.

      Examples:
        memtrace-analyze flamegraph -o heap.svg
        memtrace-analyze flamegraph --cost leaked --inverted -o leaks.svg
        memtrace-analyze flamegraph --thread worker -o worker.svg
      """)

  @OptionGroup var input: TraceArgument

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write (default: standard output).", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(name: .customLong("cost"), help: ArgumentHelp("What to draw.", valueName: "cost"))
  var kind = CostKind.peak

  @Flag(
    name: .customLong("inverted"),
    help: "Begin with the functions that allocated; their callers hang below them.")
  var isInverted = false

  @Option(
    name: .customLong("min-percent"),
    help: ArgumentHelp(
      "Leave out boxes below this share of the whole (default: a third of a pixel).",
      valueName: "percent"))
  var leastPercent = 0.0

  @Flag(
    name: .customLong("simplify"),
    help: "Names as reports show them: without std:: defaults and parts of async functions.")
  var simplifiesNames = false

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup(title: "Stacks") var stacks: StackOptions

  func validate() throws {
    try kind.checkAdditive()
    guard (0...100).contains(leastPercent) else {
      throw ValidationError("--min-percent is a share of the whole, from 0 to 100.")
    }
  }

  func run() throws {
    try TraceExport.run(
      input, stacks: stacks, question: RunQuestion(filter, cost: kind),
      format: FlameGraphExporter.format,
      ExportOptions(
        cost: kind, simplifiesNames: simplifiesNames, isInverted: isInverted,
        leastShare: leastPercent / 100), to: output)
  }
}
