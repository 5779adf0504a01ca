import Aggregation
import Reports

/// Answers a question about a run, whatever number of traces it has.
enum RunLoader {
  /// Reads the traces that the arguments mean: a file, several as one, or those of a run in a
  /// directory. With `findsRelatives` other traces of a single one's run are looked for.
  ///
  /// - Throws: `CommandFailure`: status 2 if a path names nothing or the question names what is in none
  ///   of the traces, 65 if no trace can be read.
  static func load(
    _ paths: [String], stacks: StackOptions, question: TraceQuestion, keepsAllFrames: Bool = false,
    findsRelatives: Bool = false
  ) throws -> AnalyzedRun {
    if let run = try TraceGroupLoader.load(
      paths, stacks: stacks, question: question, keepsAllFrames: keepsAllFrames)
    {
      return run
    }
    return try TraceLoader.analyze(
      TraceLocator.locate(paths.first), stacks: stacks, question: question,
      keepsAllFrames: keepsAllFrames, findsRelatives: findsRelatives)
  }
}
