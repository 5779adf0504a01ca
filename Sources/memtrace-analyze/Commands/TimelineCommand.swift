import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze timeline [TRACE]`
struct TimelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeline",
    abstract: "The heap, resident memory and allocations over time.",
    discussion: """
      Draws a chart that fits the terminal, with the marks that the program set (memtrace.h) \
      below it. Each --threshold draws a line: the highest is critical, the rest are warnings.

      Examples:
        memtrace-analyze timeline
        memtrace-analyze timeline --threshold 100M --threshold 200M
        memtrace-analyze timeline --from 40% --to 60% --function 'cache::*'
        memtrace-analyze timeline --csv > heap.csv
        memtrace-analyze timeline --json | jq '.timeline[] | [.timeNanoseconds, .liveBytes]'
      """)

  @Option(
    name: [.customLong("threshold"), .customLong("limit")],
    help: ArgumentHelp("A limit on live bytes, such as 100M; may be repeated.", valueName: "bytes"))
  var thresholds: [ByteAmount] = []

  @Flag(name: .customLong("csv"), help: "Write a table for spreadsheets.")
  var writesCSV = false

  @Option(help: ArgumentHelp("Rows of the heap's chart.", valueName: "rows"))
  var height: Int?

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    try filter.checkRunning()
    if let height, height < 2 { throw ValidationError("--height must be at least 2.") }
    if writesCSV, report.writesJSON { throw ValidationError("Choose --csv or --json.") }
  }

  func run() throws {
    try report.run(RunQuestion(running: filter)) { trace in
      if writesCSV { StandardError.write(shortcomingsOf: trace) }
      return TimelineReport(
        trace, limits: thresholds.map(\.bytes), rows: rows, writesCSV: writesCSV)
    }
  }

  /// The heap's chart takes half of the window, what stands around the charts left aside.
  private var rows: Int {
    if let height { return height }
    return Terminal.lines.map { max(4, min(24, ($0 - 14) / 2)) } ?? TimelineReport.defaultRows
  }
}
