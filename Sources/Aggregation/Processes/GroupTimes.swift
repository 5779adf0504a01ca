import TraceFormat

/// The time of several processes' traces as one: it counts from the first one's start, and the marks
/// of all are marks in it.
public struct GroupTimes: Sendable {
  /// One process's.
  public struct Run: Sendable {
    fileprivate let startRealtimeNanoseconds: Int64
    fileprivate let times: RunTimes

    public init(_ trace: HeapTrace) {
      startRealtimeNanoseconds = trace.file.header.startRealtimeNanoseconds
      times = trace.times
    }
  }

  private static let nothing: Range<UInt64> = 0..<0

  /// What the group's moments are told by.
  public let times: RunTimes
  /// When each process started and ended.
  private let runs: [ClosedRange<UInt64>]

  /// Lays the times of several runs over each other.
  public init(_ several: [Run]) {
    let start = several.map(\.startRealtimeNanoseconds).min() ?? 0
    let runs = several.map { run -> ClosedRange<UInt64> in
      let distance = run.startRealtimeNanoseconds.subtractingReportingOverflow(start)
      let offset = UInt64(clamping: distance.partialValue)
      let (end, overflow) = offset.addingReportingOverflow(run.times.durationNanoseconds)
      return offset...(overflow ? .max : end)
    }
    let marks = zip(several, runs).flatMap { one, run in
      one.times.marks.map { $0.later(by: run.lowerBound) }
    }
    self.runs = runs
    times = RunTimes(
      durationNanoseconds: runs.map(\.upperBound).max() ?? 0,
      marks: marks.sorted { $0.timeNanoseconds < $1.timeNanoseconds })
  }

  /// Where one of the traces lies in the group's time.
  public func place(ofTrace number: Int) -> HeapSeries.Place {
    HeapSeries.Place(
      offsetNanoseconds: runs[number].lowerBound, runNanoseconds: times.durationNanoseconds)
  }

  /// A window of the group in the time of one of its traces, for blocks of a choice. A process that
  /// has not started, or that has ended, holds nothing.
  public func window(
    _ window: Range<UInt64>, ofTrace number: Int, for choice: HeapQuery.Choice
  ) -> Range<UInt64> {
    let run = runs[number]
    let isOver =
      switch choice {
      case .live, .retained: window.upperBound != .max && run.upperBound < window.upperBound
      case .present: run.upperBound < window.lowerBound
      case .allocated, .freed: false
      }
    guard !isOver, window.upperBound > run.lowerBound else { return Self.nothing }
    let lower = window.lowerBound - min(window.lowerBound, run.lowerBound)
    let upper = window.upperBound == .max ? .max : window.upperBound - run.lowerBound
    return lower..<upper
  }
}
