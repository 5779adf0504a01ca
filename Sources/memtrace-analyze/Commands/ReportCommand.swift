import Aggregation
import Analysis
import ArgumentParser
import Page
import Reports
import TraceFormat

/// `memtrace-analyze report [TRACE]`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One HTML page with everything: answers, time, flame graph, tables.",
    discussion: """
      The page is one file that a browser opens without a network: verdicts with links to what they
      are taken from, the heap over time, a flame graph that zooms, searches and turns around a
      function, tables that sort and filter, leaks, and what grows. Its address holds what is shown,
      so that a link shows the same.

      Examples:
        memtrace-analyze report -o report.html
        memtrace-analyze report --open -o report.html   shows it at once
        memtrace-analyze report traces/ -o run.html     all processes of a run
        memtrace-analyze report --redact -o public.html to be sent around
        memtrace-analyze report --quick -o report.html  what takes no following of each block
        memtrace-analyze report --diff old.bin new.bin -o diff.html
      """)

  /// How finely a window can be chosen on the page.
  private static let intervals = 256

  @OptionGroup var input: TraceArgument

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write (default: standard output).", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    name: .customLong("max-size"),
    help: ArgumentHelp(
      "The most that the page may take. What does not fit is added up, and the page says how much.",
      valueName: "bytes"))
  var limit = ByteAmount(bytes: 10_000_000)

  @Flag(
    name: .customLong("diff"),
    help: "Compare two traces, or directories of traces, the older one first, as diff does.")
  var isComparison = false

  @Flag(
    name: .customLong("redact"),
    help: """
      Leave out command lines, directories, marks and filters, and of each path all but its last name.
      """)
  var isRedacted = false

  @Flag(
    name: .customLong("quick"),
    help: """
      Leave out what takes following each block: growth, sizes, lifetimes, own peaks and what realloc
      cost.
      """)
  var isQuick = false

  @Flag(name: .customLong("open"), help: "Show the page in a browser when it is made; needs -o.")
  var opens = false

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup(title: "Stacks") var stacks: StackOptions

  func validate() throws {
    if isComparison, input.paths.count != 2 {
      throw ValidationError("--diff compares two traces: name the older one first.")
    }
    if isComparison, filter.minimumBytes != nil {
      throw ValidationError("--min-bytes could leave a stack out of one side alone.")
    }
    if opens, output == nil {
      throw ValidationError("--open shows a file: name it with -o.")
    }
  }

  func run() throws {
    let target = try ExportFile(output, isBinary: true)
    let damage = try isComparison ? writeComparison(to: target) : writeRun(to: target)
    try target.finish()
    if opens, let output { Browser.open(output) }
    try DamageStatus.check(damage)
  }

  /// Writes the page and tells the damage of what it is of.
  private func writeRun(to target: ExportFile) throws -> [TraceDamage] {
    let run = try stacks.answer(try question(), of: input.paths)
    let trace = run.trace
    StandardError.write(shortcomingsOf: trace)
    let document = PageDocument(
      PageDocument.Content(
        trace, growth: try growth(of: run), group: run.group, lives: run.lives,
        phases: try phases(of: run),
        isRedacted: isRedacted))
    try target.write(bytes(of: document)[...])
    return trace.profile.damage
  }

  private func writeComparison(to target: ExportFile) throws -> [TraceDamage] {
    var question = try RunQuestion(filter)
    question.followsBlocks = !isQuick
    question.showsStacks = false
    let sides = try input.paths.map { try stacks.answer(question, of: [$0]).trace }
    for trace in sides { StandardError.write(shortcomingsOf: trace) }
    let document = ComparisonDocument(
      ComparisonDocument.Content(sides[0], sides[1], isRedacted: isRedacted))
    try target.write(bytes(of: document)[...])
    return sides.flatMap(\.profile.damage)
  }

  private func bytes(of document: some PageContent) throws -> [UInt8] {
    let page = PageExport(
      document,
      PageFile.Shell(body: PageSource.body, style: PageSource.style, script: PageSource.script),
      analyzerVersion: Version.number)
    do throws(PageExport.Failure) {
      return try page.bytes(limit: limit.bytes)
    } catch {
      switch error {
      case .tooLarge(let least):
        throw CommandFailure(
          "the page takes at least \(Quantity.grouped(least)) bytes, more than --max-size allows",
          status: .usage)
      }
    }
  }

  private func question() throws -> RunQuestion {
    var question = try RunQuestion(filter)
    guard !isQuick else { return question }
    question.followsBlocks = true
    question.isOverTime = true
    question.judgesGrowth = judgesGrowth
    question.lifeIntervals = Self.intervals
    // Costs of each recorded stack are added up by the page; own peaks do not add up.
    question.grouping = { _ in .stack }
    question.ownPeakGroups = { $0.groups }
    return question
  }

  /// What grows is known of all that is live, in a run or a window of it.
  private var judgesGrowth: Bool { !isQuick && filter.at == nil && filter.show == nil }

  /// Those of one whole process, if it has any: they are followed in a reading of their own.
  private func phases(of run: AnalyzedRun) throws -> ProcessPhases? {
    let hasAny = run.trace.profile.marks.contains { [.phaseBegin, .snapshot].contains($0.kind) }
    guard hasAny, !isQuick, run.group == nil, run.trace.filter.isEmpty else { return nil }
    return try run.phases().first
  }

  private func growth(of run: AnalyzedRun) throws -> GrowthReport? {
    guard judgesGrowth else { return nil }
    do throws(AnalysisError) {
      return try GrowthAnalysis(run).report(.onStandardError)
    } catch {
      throw CommandFailure(error)
    }
  }
}
