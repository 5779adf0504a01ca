import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze info [TRACE]`
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "What a trace holds: process, threads, modules, chunks, losses, damage.",
    discussion: """
      Examples:
        memtrace-analyze info
        memtrace-analyze info app.trace --json | jq '.modules[] | {path, buildId}'
      """)

  @OptionGroup var report: ReportOptions

  func run() throws {
    var question = RunQuestion()
    question.namesPackages = true
    let path = try report.input.single(for: "info")
    let trace = try report.load(question, path: path).trace
    try report.write(InfoReport(trace), of: trace)
  }
}
