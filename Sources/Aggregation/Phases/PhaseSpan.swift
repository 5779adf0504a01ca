import TraceFormat

/// One time that a phase was entered.
public struct PhaseSpan: Sendable, Hashable {
  /// The names of the phases around it in its thread, the outermost first, and its own.
  public let path: [String]
  /// Whose phase it is; `nil` if it is free-standing.
  public let thread: ThreadID?
  /// After the start of recording.
  public let startNanoseconds: UInt64
  /// `nil` if it did not end.
  public internal(set) var endNanoseconds: UInt64?

  public var name: String { path.last ?? "" }

  /// Pairs the edges of a trace's phases. `marks` are as `MarkLabels.ordered` gives them.
  ///
  /// - Returns: the phases in the order in which they began.
  public static func all(_ marks: [Mark]) -> [PhaseSpan] {
    var spans: [PhaseSpan] = []
    var open = OpenPhases<Int>()
    for mark in marks {
      switch mark.kind {
      case .phaseBegin:
        let parent = mark.phase == 0 ? open.nested[mark.thread]?.last : nil
        open.begin(mark, spans.count)
        spans.append(
          PhaseSpan(
            path: (parent.map { spans[$0].path } ?? []) + [mark.label],
            thread: mark.phase == 0 ? mark.thread : nil,
            startNanoseconds: mark.timeNanoseconds, endNanoseconds: nil))
      case .phaseEnd:
        if let span = open.end(mark) { spans[span].endNanoseconds = mark.timeNanoseconds }
      case .mark, .snapshot, .threshold, .pause, .resume: break
      }
    }
    return spans
  }
}
