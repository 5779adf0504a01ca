import TraceFormat

/// A stretch of a run as a person names it; either end may be left open.
public struct TimeWindow: Sendable, Hashable {
  public var start: TimePoint?
  public var end: TimePoint?

  public init(from start: TimePoint? = nil, to end: TimePoint? = nil) {
    self.start = start
    self.end = end
  }

  /// Whether marks must be known to resolve it.
  public var needsMarks: Bool { start?.isMark == true || end?.isMark == true }
  public var isWholeRun: Bool { start == nil && end == nil }

  /// The window in nanoseconds after the start of recording; an end that is the run's, or open, is
  /// `UInt64.max`, so that it takes in the last events.
  ///
  /// - Throws: `FilterError` if it names no mark, or lies outside the run, or ends before it starts.
  public func resolved(in trace: HeapTrace) throws(FilterError) -> Range<UInt64> {
    var from: UInt64?
    if let start { from = try trace.time(of: start, after: nil) }
    var to = UInt64.max
    if let end { to = try trace.time(of: end, after: from) }
    if to >= trace.durationNanoseconds { to = .max }
    let lower = from ?? 0
    guard lower < to else { throw FilterError(.emptyWindow(from: lower, to: to)) }
    return lower..<to
  }
}

extension HeapTrace {
  /// When a moment is. The run's length is known of a trace that was closed; of others it is what
  /// was read of.
  ///
  /// - Throws: `FilterError`.
  public func time(of point: TimePoint, after start: UInt64?) throws(FilterError) -> UInt64 {
    switch point {
    case .nanoseconds(let time):
      // Reports show three digits of the run's length; what was read there may be used here.
      guard time <= durationNanoseconds &+ durationNanoseconds / 100 else {
        throw FilterError(.outsideRun(time, durationNanoseconds))
      }
      return time
    case .percent(let share):
      return UInt64(Double(durationNanoseconds) * share / 100)
    case .mark(let label, let number):
      let times = marks.filter { $0.label == label }.map(\.timeNanoseconds)
      if let number {
        guard number <= times.count else {
          throw FilterError(.noMark(label, number: number, known: marks.map(\.label)))
        }
        return times[number - 1]
      }
      guard let first = times.first else {
        throw FilterError(.noMark(label, number: nil, known: marks.map(\.label)))
      }
      guard let start else { return first }
      return times.first { $0 > start } ?? first
    }
  }
}
