import TraceFormat

/// How long a run lasted and where its marks are: what moments are told by. The run is that of one
/// process, or of several, from the first one's start to the last one's end.
public struct RunTimes: Sendable {
  public let durationNanoseconds: UInt64
  /// In the order of time.
  public let marks: [Mark]

  public init(durationNanoseconds: UInt64, marks: [Mark]) {
    self.durationNanoseconds = durationNanoseconds
    self.marks = marks
  }

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
      return UInt64(saturating: Double(durationNanoseconds) * share / 100)
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
