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

  /// Reads the trace, or with `takesSeveral` all that are named as one, makes the report and writes
  /// it in the form asked for.
  ///
  /// - Throws: `CommandFailure`, or an exit code if the trace was damaged.
  func run(
    _ question: TraceQuestion = TraceQuestion(), findsRelatives: Bool = false,
    takesSeveral: Bool = false,
    _ report: (AnalyzedTrace) throws -> some Report
  ) throws {
    if takesSeveral, let (_, trace) = try group(question) {
      return try write(report(trace), of: trace)
    }
    let path = try TraceLocator.locate(input.single())
    let trace = try TraceLoader.analyze(
      path, stacks: stacks, question: question, keepsAllFrames: writesJSON,
      findsRelatives: findsRelatives)
    try write(report(trace), of: trace)
  }

  /// The traces named, as one; nil if they are a single one.
  func group(
    _ question: TraceQuestion
  ) throws -> (group: ProfileGroup, trace: AnalyzedTrace)? {
    try TraceGroupLoader.load(
      input.paths, stacks: stacks, question: question, keepsAllFrames: writesJSON)
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
