import Analysis
import ArgumentParser
import Reports

/// What reports about one process at one moment take.
struct MomentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The moment: 1.5s, 40%, or a mark (default: the end).", valueName: "moment"))
  var at: Moment?

  /// The process's run up to the moment, of the trace that is named.
  func load(_ report: ReportOptions, for command: String) throws -> AnalyzedRun {
    let path = try report.input.single(for: command)
    var question = RunQuestion()
    question.isOverTime = true
    return try report.load(question.at(at?.point), path: path)
  }
}
