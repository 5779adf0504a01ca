import Aggregation
import TraceFormat

/// Says for how long allocations were not recorded because somebody asked for it.
enum PauseNotice {
  static func notices(_ profile: HeapProfile) -> [Notice] {
    let pauses = profile.marks.filter { $0.kind == .pause }.count
    guard pauses > 0 else { return [] }
    let times = profile.traceCount > 1 ? "" : length(profile)
    let frees =
      profile.totals.pausedFrees == 0
      ? ""
      : "; \(Quantity.counted(profile.totals.pausedFrees, "free")) of such blocks "
        + (profile.totals.pausedFrees == 1 ? "does" : "do") + " not count"
    return [
      Notice(
        severity: .note, kind: .paused,
        message: """
          Recording was paused \(Quantity.counted(pauses, "time"))\(times): what was allocated then \
          is not in the trace\(frees).
          """)
    ]
  }

  /// How long the pauses of one process were.
  private static func length(_ profile: HeapProfile) -> String {
    var start: UInt64?
    var sum: UInt64 = 0
    let duration = profile.process.durationNanoseconds
    for mark in profile.marks {
      switch mark.kind {
      case .pause: start = start ?? mark.timeNanoseconds
      case .resume:
        if let start { sum &+= mark.timeNanoseconds - start }
        start = nil
      default: break
      }
    }
    if let start { sum &+= duration - min(duration, start) }
    return ", for \(Quantity.duration(nanoseconds: sum)) in all"
  }
}

extension Mark.Kind {
  /// As JSON has it.
  var word: String {
    switch self {
    case .mark: "mark"
    case .snapshot: "snapshot"
    case .phaseBegin: "phaseBegin"
    case .phaseEnd: "phaseEnd"
    case .pause: "pause"
    case .resume: "resume"
    case .threshold: "threshold"
    }
  }
}
