import Aggregation
import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze check [TRACE] --max-peak 24M …`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Whether a program kept to limits, for tests and continuous integration.",
    discussion: """
      Exit status: 0 all limits are kept; 1 a limit is broken, and the stacks that cost most of it \
      are shown; 2 it cannot be judged: there is no trace, it is damaged, events are missing, or \
      the program still runs.

      How often a program allocates, and how much, is the same from run to run as long as it does \
      the same; the peak is so of one thread; resident memory varies with the system.

      Examples:
        memtrace-analyze check --max-peak 24M --max-leaked 0
        memtrace-analyze check --max-allocations 10000 --function 'parse_*'
        memtrace-analyze check --max-peak 8M --from load --to loaded
        memtrace-analyze check --phase load --max-peak 24M --max-growth 0
        memtrace-analyze check --limits memory.toml
        memtrace-analyze check --baseline tests/memory.baseline --tolerance 5%
        memtrace-analyze check --max-peak 24M --format junit > memory.xml
        memtrace-analyze check --max-temporary 50% --json | jq .verdict
      """)

  @Option(
    name: .customLong("max-peak"), help: ArgumentHelp("Live at once.", valueName: "bytes"))
  var peak: ByteAmount?

  @Option(
    name: .customLong("max-leaked"),
    help: ArgumentHelp("Live at the end and not suppressed.", valueName: "bytes"))
  var leaked: ByteAmount?

  @Option(
    name: .customLong("max-allocated"), help: ArgumentHelp("Allocated in all.", valueName: "bytes"))
  var allocated: ByteAmount?

  @Option(
    name: .customLong("max-allocations"), help: ArgumentHelp("Allocations.", valueName: "count"))
  var allocations: Int?

  @Option(
    name: .customLong("max-temporary"),
    help: ArgumentHelp(
      "Allocations freed before their thread's next one: a number, or a share of all.",
      valueName: "count|percent"))
  var temporary: TemporaryAmount?

  @Option(
    name: .customLong("max-resident"),
    help: ArgumentHelp("Resident at once, memory of all kinds.", valueName: "bytes"))
  var resident: ByteAmount?

  @Option(
    name: .customLong("max-growth"),
    help: ArgumentHelp(
      "Live at the end of the phase beyond what was at its start; with --phase.",
      valueName: "bytes"))
  var growth: ByteAmount?

  @Option(
    help: ArgumentHelp(
      "The limits are about this phase, all its times together (see phases): NAME or OUTER/INNER.",
      valueName: "name"))
  var phase: String?

  @Option(
    help: ArgumentHelp(
      "Judge by the limits in this file, in TOML, too: of the run, of phases, of functions.",
      valueName: "file"),
    completion: .file())
  var limits: String?

  @Option(
    help: ArgumentHelp(
      "Compare with the figures in this file too; see baseline save.", valueName: "file"),
    completion: .file())
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "How much more than in the baseline a figure may be.", valueName: "percent"))
  var tolerance = Tolerance(percent: 0)

  @Option(
    help: ArgumentHelp(
      "Write for another tool: junit, sarif or github (annotations).", valueName: "format"))
  var format: CheckFormat?

  @OptionGroup(title: "Suppressions") var suppressions: SuppressionOptions
  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  private var givenLimits: [MemoryLimit] {
    func limit(_ figure: MemoryLimit.Figure, _ most: MemoryLimit.Amount?) -> MemoryLimit? {
      most.map { MemoryLimit(figure, most: $0, phase: phase) }
    }
    return [
      limit(.peak, peak.map { .number($0.bytes) }),
      limit(.leaked, leaked.map { .number($0.bytes) }),
      limit(.allocated, allocated.map { .number($0.bytes) }),
      limit(.allocations, allocations.map { .number($0) }),
      limit(.temporary, temporary?.amount),
      limit(.resident, resident.map { .number($0.bytes) }),
      limit(.growth, growth.map { .number($0.bytes) }),
    ].compactMap { $0 }
  }

  func validate() throws {
    if let allocations, allocations < 0 {
      throw ValidationError("--max-allocations is a number of allocations, 0 or more.")
    }
    if resident != nil, !filter.filter.isEmpty {
      throw ValidationError("Resident memory is the process's; --max-resident takes no filter.")
    }
    if phase != nil, resident != nil || leaked != nil {
      throw ValidationError("A phase has neither leaks nor resident memory: no --phase with them.")
    }
    if phase == nil, growth != nil {
      throw ValidationError("--max-growth is about a phase: name it by --phase.")
    }
    if phase != nil { try filter.checkPhases() }
    if baseline != nil, !filter.filter.isEmpty {
      throw ValidationError("A baseline is of a whole run: no filter with --baseline.")
    }
    if limits != nil, !filter.filter.isEmpty {
      throw ValidationError("A file of limits is about a whole run: no filter with --limits.")
    }
    if tolerance.percent != 0, baseline == nil {
      throw ValidationError("--tolerance is about a --baseline.")
    }
    if format != nil, report.writesJSON { throw ValidationError("Choose --format or --json.") }
  }

  func run() throws {
    var limits = givenLimits
    if let file = self.limits { limits += try LimitFile.limits(file) }
    if let baseline { limits += try limitsOfBaseline(baseline) }
    if limits.isEmpty {
      throw ValidationError("No limit was given; for example: check --max-peak 24M --max-leaked 0")
    }
    let list = try suppressions.list()
    var verdict = CheckReport.Verdict.unknown
    do {
      // A question that one cost cannot answer is refused before the trace is read.
      for limit in givenLimits where limit.phase == nil {
        _ = try RunQuestion(filter, cost: limit.figure.kind)
      }
      var check = try measure(limits, list)
      try nameCulprits(in: &check.report)
      verdict = check.report.verdict
      try write(check.report, of: check.trace)
    } catch let failure as CommandFailure {
      throw CommandFailure(failure.message, status: .usage)
    } catch is ExitCode {
      verdict = .unknown
    }
    switch verdict {
    case .kept: break
    case .broken: throw ExitCode(ExitStatus.broken.rawValue)
    case .unknown: throw ExitCode(ExitStatus.usage.rawValue)
    }
  }

  private func limitsOfBaseline(_ path: String) throws -> [MemoryLimit] {
    let text = try TextFile.read(path).text
    do {
      return try MemoryBaseline(text: text).limits(tolerancePercent: tolerance.percent)
    } catch {
      throw CommandFailure("\(path):\(error.line): \(error.cause)", status: .usage)
    }
  }

  private func measure(
    _ limits: [MemoryLimit], _ list: LeakSuppressionList
  ) throws -> (report: CheckReport, trace: AnalyzedTrace) {
    var phases: [ProcessPhases] = []
    if limits.contains(where: { $0.phase != nil }) {
      phases = try report.load(RunQuestion(phases: filter)).phases()
    }
    var question = try RunQuestion(filter)
    question.grouping = { .groups($0.wholeGroups) }
    let run = try report.load(question)
    var functions: [String: AnalyzedTrace] = [:]
    for pattern in Set(limits.compactMap(\.function)) {
      question.filter.functions = [pattern]
      functions[pattern] = try report.load(question).trace
    }
    let check = CheckReport(
      run.trace, limits: limits, phases: phases, functions: functions, suppressions: list)
    return (check, run.trace)
  }

  /// Reads the blocks of those phases whose limits are broken.
  private func nameCulprits(in check: inout CheckReport) throws {
    for (number, figure, window) in check.brokenPhases {
      var question = try RunQuestion(filter)
      question.grouping = { .groups($0.wholeGroups) }
      question.filter.window = TimeWindow(
        from: .nanoseconds(window.lowerBound),
        to: window.upperBound == .max ? nil : .nanoseconds(window.upperBound))
      question.filter.choice =
        switch figure {
        case .peak: .present
        case .growth: .retained
        default: .allocated
        }
      check.show(try report.load(question).trace, for: number)
    }
  }

  private func write(_ check: CheckReport, of trace: AnalyzedTrace) throws {
    guard let format else { return try report.write(check, of: trace) }
    var output = StandardOutput()
    check.write(format, to: &output, analyzerVersion: Version.number)
    try output.finish()
    try DamageStatus.check(trace.profile.damage)
  }
}

extension CheckFormat: ExpressibleByArgument {}

/// `5%` or `5`.
struct Tolerance: ExpressibleByArgument, CustomStringConvertible {
  let percent: Double
  var description: String { "\(percent)%" }

  init(percent: Double) { self.percent = percent }

  init?(argument: String) {
    let digits = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
    guard let percent = Double(digits), percent >= 0, percent <= 1_000_000 else { return nil }
    self.percent = percent
  }
}

/// `1000` or `50%`.
struct TemporaryAmount: ExpressibleByArgument {
  let amount: MemoryLimit.Amount

  init?(argument: String) {
    if argument.hasSuffix("%") {
      guard let percent = Double(argument.dropLast()), (0...100).contains(percent) else {
        return nil
      }
      amount = .percentOfAllocations(percent)
    } else {
      guard let count = Int(argument), count >= 0 else { return nil }
      amount = .number(count)
    }
  }
}
