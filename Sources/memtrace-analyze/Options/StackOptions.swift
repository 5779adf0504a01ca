import Analysis
import ArgumentParser

/// How stacks are made readable: shared by every command that shows some.
struct StackOptions: ParsableArguments {
  @OptionGroup var rules: RuleOptions
  @OptionGroup var symbols: SymbolOptions

  /// - Throws: `CommandFailure` with status 2 when a file cannot be used.
  func presentation(keepsAllFrames: Bool = false) throws -> StackPresentation {
    var presentation = try symbols.presentation()
    presentation.rules = try rules.load()
    presentation.foldsRecursion = rules.foldsRecursion
    presentation.keepsAllFrames = keepsAllFrames
    return presentation
  }

  /// What the traces that are named say to a question.
  ///
  /// - Throws: `CommandFailure`: status 2 if a path names nothing or the question names what is in none
  ///   of the traces, 65 if no trace can be read.
  func answer(
    _ question: RunQuestion, of paths: [String], keepsAllFrames: Bool = false
  ) throws -> AnalyzedRun {
    let presentation = try presentation(keepsAllFrames: keepsAllFrames)
    do throws(AnalysisError) {
      let observer = AnalysisObserver.onStandardError
      let run = try RunAnalysis(RunTraces(paths, observer), presentation, observer).answer(question)
      rules.reportUnmatched(in: run.trace.stacks)
      return run
    } catch {
      throw CommandFailure(error)
    }
  }
}
