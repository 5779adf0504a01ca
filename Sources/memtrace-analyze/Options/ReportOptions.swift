import Analysis
import ArgumentParser
import Reports

/// What every command that writes a `Report` understands.
struct ReportOptions: ParsableArguments {
  @OptionGroup var input: TraceArgument

  @Flag(name: .customLong("json"), help: "Write JSON (see docs/JSON.md).")
  var writesJSON = false

  @OptionGroup(title: "Stacks") var stacks: StackOptions
  @OptionGroup(title: "Text") var text: TextOptions

  /// Reads the trace, or all that are named as one, makes the report and writes it in the form asked
  /// for.
  ///
  /// - Throws: `CommandFailure`, or an exit code if the trace was damaged.
  func run(
    _ question: RunQuestion = RunQuestion(), _ report: (AnalyzedTrace) throws -> some Report
  ) throws {
    let run = try load(question)
    try write(report(run.trace), of: run.trace)
  }

  /// What the traces named say to a question, or one of them.
  func load(_ question: RunQuestion, path: String? = nil) throws -> AnalyzedRun {
    try stacks.answer(
      question, of: path.map { [$0] } ?? input.paths, keepsAllFrames: writesJSON)
  }

  /// Writes a report in the form asked for.
  ///
  /// - Throws: `CommandFailure`, or an exit code if the trace was damaged.
  func write(_ report: some Report, of trace: AnalyzedTrace) throws {
    if writesJSON {
      var writer = JSONWriter(StandardOutput())
      report.writeJSON(to: &writer, analyzerVersion: Version.number)
      try writer.output.finish()
    } else {
      try text.write(report)
    }
    try DamageStatus.check(trace.profile.damage)
  }
}
