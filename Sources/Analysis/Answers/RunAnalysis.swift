import Aggregation
import Reports
import Symbolization
import TraceFormat

/// Answers questions about a run, whatever number of traces it has. The traces are opened for each
/// question; nothing is kept between two.
package struct RunAnalysis {
  package let traces: RunTraces
  private let presentation: StackPresentation
  private let observer: AnalysisObserver

  package init(
    _ traces: RunTraces, _ presentation: StackPresentation = StackPresentation(),
    _ observer: AnalysisObserver = AnalysisObserver()
  ) {
    self.traces = traces
    self.presentation = presentation
    self.observer = observer
  }

  /// What the run says to a question. Of several traces one that cannot be read is listed in the group,
  /// whose profile counts as damaged.
  package func answer(_ question: RunQuestion) throws(AnalysisError) -> AnalyzedRun {
    guard traces.areSeveral else {
      return try SingleTrace(traces.files[0], presentation, observer).answer(question)
    }
    return try SeveralTraces(traces, question, presentation, observer).answer()
  }

  /// What was live at the two ends of a question's window.
  package func moments(
    _ question: RunQuestion
  ) throws(AnalysisError) -> (before: AnalyzedTrace, after: AnalyzedTrace) {
    guard traces.areSeveral else {
      return try SingleTrace(traces.files[0], presentation, observer).moments(question)
    }
    return try SeveralTraces(traces, question, presentation, observer).moments()
  }

  /// The one trace that is meant, opened for a question: names are known, blocks are still to be read.
  package func open(_ question: RunQuestion) throws(AnalysisError) -> OpenedTrace {
    try SingleTrace(traces.single(), presentation, observer).open(question)
  }

  /// The whole of the one trace that is meant, without names.
  package func profile() throws(AnalysisError) -> HeapProfile {
    try SingleTrace(traces.single(), presentation, observer).profile()
  }

  /// The symbolizer for the one trace that is meant, of which `profile` is known.
  package func symbolizer(
    of profile: HeapProfile, namesPackages: Bool
  ) throws(AnalysisError) -> any Symbolizing {
    let path = try traces.single()
    return try AnalysisError.mapping {
      try TraceSymbolizer.make(
        path, modules: profile.modules, durationNanoseconds: profile.process.durationNanoseconds,
        presentation, namesPackages: namesPackages)
    }
  }
}

/// A trace whose names are known and whose blocks are still to be read.
package struct OpenedTrace {
  package let trace: HeapTrace
  package let names: PresentedStacks
  package let query: HeapQuery
  let symbolization: SymbolizationDiagnostics
}

extension RunQuestion {
  /// The question of what was live at a moment.
  package func at(_ moment: TimePoint?) -> RunQuestion {
    var question = self
    question.filter.window = TimeWindow(to: moment)
    question.filter.choice = .live
    return question
  }
}
