import Aggregation
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
    _ question: TraceQuestion = TraceQuestion(), _ report: (AnalyzedTrace) throws -> some Report
  ) throws {
    let run = try load(question)
    try write(report(run.trace), of: run.trace)
  }

  /// What the traces named say to a question, or one of them.
  func load(
    _ question: TraceQuestion, path: String? = nil, findsRelatives: Bool = false
  ) throws -> AnalyzedRun {
    try RunLoader.load(
      path.map { [$0] } ?? input.paths, stacks: stacks, question: question,
      keepsAllFrames: writesJSON,
      findsRelatives: findsRelatives)
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
