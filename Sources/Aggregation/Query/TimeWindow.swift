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
  public func resolved(in run: RunTimes) throws(FilterError) -> Range<UInt64> {
    var from: UInt64?
    if let start { from = try run.time(of: start, after: nil) }
    var to = UInt64.max
    if let end { to = try run.time(of: end, after: from) }
    if to >= run.durationNanoseconds { to = .max }
    let lower = from ?? 0
    guard lower < to else { throw FilterError(.emptyWindow(from: lower, to: to)) }
    return lower..<to
  }
}
