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

  @OptionGroup(title: "Suppressions") var suppressions: SuppressionOptions
  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  private var limits: [MemoryLimit] {
    [
      peak.map { MemoryLimit(.peak, most: .number($0.bytes)) },
      leaked.map { MemoryLimit(.leaked, most: .number($0.bytes)) },
      allocated.map { MemoryLimit(.allocated, most: .number($0.bytes)) },
      allocations.map { MemoryLimit(.allocations, most: .number($0)) },
      temporary.map { MemoryLimit(.temporary, most: $0.amount) },
      resident.map { MemoryLimit(.resident, most: .number($0.bytes)) },
    ].compactMap { $0 }
  }

  func validate() throws {
    if let allocations, allocations < 0 {
      throw ValidationError("--max-allocations is a number of allocations, 0 or more.")
    }
    if resident != nil, !filter.filter.isEmpty {
      throw ValidationError("Resident memory is the process's; --max-resident takes no filter.")
    }
  }

  func run() throws {
    if limits.isEmpty {
      throw ValidationError("No limit was given; for example: check --max-peak 24M --max-leaked 0")
    }
    let list = try suppressions.list()
    var verdict = CheckReport.Verdict.unknown
    do {
      // A question that one cost cannot answer is refused before the trace is read.
      for limit in limits { _ = try RunQuestion(filter, cost: limit.figure.kind) }
      var question = try RunQuestion(filter)
      question.grouping = { .groups($0.wholeGroups) }
      try report.run(question) { trace in
        let check = CheckReport(trace, limits: limits, suppressions: list)
        verdict = check.verdict
        return check
      }
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
