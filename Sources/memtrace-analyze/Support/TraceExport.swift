import Analysis
import Reports

/// How `export`, `folded` and `flamegraph` write the traces that they are given.
enum TraceExport {
  /// Reads the traces, several as one, and writes them to a file or to standard output.
  ///
  /// - Throws: `CommandFailure`, or an exit code if a trace was damaged.
  static func run(
    _ input: TraceArgument, stacks: StackOptions, question: RunQuestion, format: ExportFormat,
    _ options: ExportOptions, to output: String?
  ) throws {
    let target = try ExportFile(output, isBinary: format.isBinary)
    let trace = try stacks.answer(
      question, of: input.paths, keepsAllFrames: format.wantsAddresses
    ).trace
    StandardError.write(shortcomingsOf: trace)
    try format.write(trace, options) { try target.write($0) }
    try target.finish()
    try DamageStatus.check(trace.profile.damage)
  }
}
