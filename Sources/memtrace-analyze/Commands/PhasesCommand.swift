import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze phases [TRACE]`
struct PhasesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "phases",
    abstract: "What each phase of the program cost.",
    discussion: """
      Phases are what a program says it is doing: memtrace_phase_begin in memtrace.h, or \
      memtrace.phase in Python. Each is shown with what was live when it began, at most, and when \
      it ended, and with what was allocated meanwhile; phases of one name in one place are added \
      up. In every other report --from NAME --to 'NAME end' is the window of one.

      Examples:
        memtrace-analyze phases
        memtrace-analyze phases --function 'cache::*'
        memtrace-analyze top --from load --to 'load end'
        memtrace-analyze phases --json | jq '.phases[] | {name, entered, peakBytes, growthBytes}'
      """)

  @Option(help: ArgumentHelp("Phases to show.", valueName: "count"))
  var limit = 50

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    try LimitValidation.check(limit)
    try filter.checkPhases()
  }

  func run() throws {
    let run = try report.load(RunQuestion(phases: filter))
    let phases = PhasesReport(
      run.trace, try run.phases(), limit: LimitValidation.count(limit))
    try report.write(phases, of: run.trace)
  }
}

extension AnalyzedRun {
  /// What the phases and snapshots cost.
  func phases() throws -> [ProcessPhases] {
    do throws(AnalysisError) {
      return try measuredPhases(.onStandardError)
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension RunQuestion {
  /// A question about phases and snapshots: their window is that in which they begin.
  init(phases options: FilterOptions?) {
    if let options {
      self.init(running: options)
    } else {
      self.init()
      filter.choice = .present
    }
    followsBlocks = true
    isOverTime = true
    isToldByMarks = true
    showsStacks = false
  }
}

extension FilterOptions {
  /// Refuses what makes no sense of phases.
  func checkPhases() throws {
    if at != nil || show != nil || minimumBytes != nil {
      throw ValidationError(
        "All blocks live in the process count: no --at, no --show, no --min-bytes.")
    }
  }
}
