import Aggregation
import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze diff BEFORE AFTER`, `memtrace-analyze diff --from MOMENT [TRACE]`
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "What changed between two runs, or two moments of one.",
    discussion: """
      Two stacks match if they call the same functions, regardless of build and address. The \
      rest is matched if only frames appeared or vanished, as inlining causes it.

      In one run, what was live at --from is compared with what was live at --to, or at the end. \
      With two runs, --from and --to select a window of each. A run is a trace or a directory of \
      traces.

      Examples:
        memtrace-analyze diff old.bin new.bin
        memtrace-analyze diff old.bin new.bin --by peak --group-by module
        memtrace-analyze diff --from loaded --to idle trace.bin
        memtrace-analyze diff old/ new/ --by leaked
        memtrace-analyze diff old.bin new.bin --folded | difffolded.pl | flamegraph.pl > diff.svg
      """)

  @Argument(
    help: ArgumentHelp(
      "The traces or directories, or one with --from (default: ./\(TraceArgument.defaultPath)).",
      valueName: "trace"),
    completion: .file(extensions: ["bin"]))
  var paths: [String] = []

  @Option(
    name: .customLong("by"),
    help: ArgumentHelp(
      "What to compare: bytes, or of one trace what is live; see top.", valueName: "cost"))
  var givenKind: CostKind?

  @Option(
    name: .customLong("group-by"), help: ArgumentHelp("What to compare.", valueName: "group"))
  var grouping = CostGrouping.stack

  @Flag(help: "Functions, files, lines or modules with all that they call.")
  var inclusive = false

  @Option(help: ArgumentHelp("Changes to show.", valueName: "count"))
  var limit = 10

  @Flag(
    name: .customLong("folded"),
    help: "Folded stacks with two counts, for differential flame graphs.")
  var writesFolded = false

  @Flag(name: .customLong("json"), help: "Write JSON (see docs/JSON.md).")
  var writesJSON = false

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup(title: "Stacks") var stacks: StackOptions
  @OptionGroup(title: "Text") var text: TextOptions

  private var isOfMoments: Bool { paths.count < 2 }
  private var kind: CostKind { givenKind ?? (isOfMoments ? .live : .bytes) }

  func validate() throws {
    try LimitValidation.check(limit)
    try grouping.check(inclusive: inclusive, kind)
    if writesFolded, writesJSON { throw ValidationError("Choose --folded or --json.") }
    if writesFolded { try kind.checkAdditive() }
    if filter.minimumBytes != nil {
      throw ValidationError(
        "--min-bytes could leave a stack out of one side alone; changes are ranked by their size.")
    }
    if paths.count > 2 { throw ValidationError("Name two traces, or one with --from.") }
    guard isOfMoments else { return }
    if filter.from == nil {
      throw ValidationError("Name two traces, or one and the moments to compare: --from, --to.")
    }
    if filter.at != nil || filter.show != nil {
      throw ValidationError("Of one trace, what is live at two moments is compared.")
    }
  }

  func run() throws {
    let question = TraceDifference.Question(by: kind, grouping: grouping, isInclusive: inclusive)
    let sides = try isOfMoments ? moments() : traces()
    let report = DiffReport(
      TraceDifference(sides.before, sides.after, question), names: sides.names,
      limit: LimitValidation.count(limit))
    if writesJSON {
      var writer = JSONWriter(StandardOutput())
      report.writeJSON(to: &writer, analyzerVersion: Version.number)
      try writer.output.finish()
    } else if writesFolded {
      for trace in [sides.before, sides.after] { StandardError.write(shortcomingsOf: trace) }
      var output = StandardOutput()
      report.writeFolded(to: &output)
      try output.finish()
    } else {
      try text.writePage { report.writeText(to: &$0, style: $1) }
    }
    try DamageStatus.check(sides.before.profile.damage + sides.after.profile.damage)
  }

  private typealias Sides = (
    before: AnalyzedTrace, after: AnalyzedTrace, names: (before: String, after: String)
  )

  private func traces() throws -> Sides {
    var question = try RunQuestion(filter, cost: kind, grouping: grouping)
    question.showsStacks = false
    let analyzed = try paths.map { try stacks.answer(question, of: [$0]).trace }
    return (analyzed[0], analyzed[1], (paths[0], paths[1]))
  }

  /// The same run twice, with what is live at each moment as its blocks.
  private func moments() throws -> Sides {
    var question = try RunQuestion(filter, cost: kind, grouping: grouping)
    question.showsStacks = false
    let presentation = try stacks.presentation()
    do throws(AnalysisError) {
      let observer = AnalysisObserver.onStandardError
      let traces = try RunTraces(paths, observer)
      let sides = try RunAnalysis(traces, presentation, observer).moments(question)
      stacks.rules.reportUnmatched(in: sides.after.stacks)
      return (
        sides.before, sides.after,
        (
          "\(traces.name) at \(filter.from?.text ?? "")",
          filter.to.map { "at \($0.text)" } ?? "at the end"
        )
      )
    } catch {
      throw CommandFailure(error)
    }
  }
}
