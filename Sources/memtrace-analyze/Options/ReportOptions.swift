import ArgumentParser
import Reports

/// What every command that writes a `Report` understands.
struct ReportOptions: ParsableArguments {
  @OptionGroup var input: TraceArgument

  @Flag(name: .customLong("json"), help: "Write JSON (see docs/JSON.md).")
  var writesJSON = false

  @OptionGroup(title: "Stacks") var stacks: StackOptions
  @OptionGroup(title: "Text") var text: TextOptions

  /// Reads the trace, makes the report and writes it in the form asked for.
  ///
  /// - Throws: `CommandFailure`, or an exit code if the trace was damaged.
  func run(
    _ question: TraceQuestion = TraceQuestion(), findsRelatives: Bool = false,
    _ report: (AnalyzedTrace) throws -> some Report
  ) throws {
    let path = try TraceLocator.locate(input.path)
    let trace = try TraceLoader.analyze(
      path, stacks: stacks, question: question, keepsAllFrames: writesJSON,
      findsRelatives: findsRelatives)
    let report = try report(trace)
    if writesJSON {
      var writer = JSONWriter(StandardOutput())
      report.writeJSON(to: &writer, analyzerVersion: Version.number)
      try writer.output.finish()
    } else {
      var output = StandardOutput()
      report.writeText(to: &output, style: text.style)
      try output.finish()
    }
    try DamageStatus.check(trace.profile.damage)
  }
}
