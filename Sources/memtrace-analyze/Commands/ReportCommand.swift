import Aggregation
import Analysis
import ArgumentParser
import Page
import Reports

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
    if opens, output == nil {
      throw ValidationError("--open shows a file: name it with -o.")
    }
  }

  func run() throws {
    let target = try ExportFile(output, isBinary: true)
    let run = try stacks.answer(try question(), of: input.paths)
    let trace = run.trace
    StandardError.write(shortcomingsOf: trace)
    let page = PageExport(
      PageDocument.Content(
        trace, growth: try growth(of: run), group: run.group, lives: try lives(of: run),
        isRedacted: isRedacted),
      PageFile.Shell(body: PageSource.body, style: PageSource.style, script: PageSource.script),
      analyzerVersion: Version.number)
    try target.write(bytes(of: page)[...])
    try target.finish()
    if opens, let output { Browser.open(output) }
    try DamageStatus.check(trace.profile.damage)
  }

  private func bytes(of page: PageExport) throws -> [UInt8] {
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
    // Costs of each recorded stack are added up by the page; own peaks do not add up.
    question.grouping = { _ in .stack }
    question.ownPeakGroups = { $0.groups }
    return question
  }

  /// What windows of the page are told from.
  private func lives(of run: AnalyzedRun) throws -> HeapLives? {
    guard !isQuick else { return nil }
    do throws(AnalysisError) {
      return try run.lives(intervals: Self.intervals, .onStandardError)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// What grows is known of all that is live, in a run or a window of it.
  private func growth(of run: AnalyzedRun) throws -> GrowthReport? {
    guard !isQuick, filter.at == nil, filter.show == nil else { return nil }
    do throws(AnalysisError) {
      return try GrowthAnalysis(run).report(.onStandardError)
    } catch {
      throw CommandFailure(error)
    }
  }
}
