import HeapModel

/// The heap during one interval of time.
public struct TimelinePoint: Sendable, Hashable {
  /// End of the interval, after the start of recording; it begins where the one before it ends.
  public var timeNanoseconds: UInt64
  /// Live bytes at the end of the interval.
  public var liveBytes: Int
  /// Lowest and highest sum of live bytes within the interval.
  public var minimumBytes: Int
  public var maximumBytes: Int
  /// Live blocks at the end of the interval.
  public var liveAllocations: Int
  /// Allocations within the interval.
  public var allocations: Int
  /// Bytes allocated within the interval.
  public var allocatedBytes: Int

  public init(
    timeNanoseconds: UInt64, liveBytes: Int, minimumBytes: Int, maximumBytes: Int,
    liveAllocations: Int, allocations: Int, allocatedBytes: Int
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.liveBytes = liveBytes
    self.minimumBytes = minimumBytes
    self.maximumBytes = maximumBytes
    self.liveAllocations = liveAllocations
    self.allocations = allocations
    self.allocatedBytes = allocatedBytes
  }
}

extension TimelinePoint {
  /// The points of a time line from one moment up to another, the last of them there.
  static func points(
    _ timeline: ReplayResult.Timeline, from start: UInt64 = 0, until end: UInt64
  ) -> [TimelinePoint] {
    let width = timeline.intervalNanoseconds
    var points = timeline.intervals.enumerated().map { index, interval in
      let begin = start &+ UInt64(index) &* width
      return TimelinePoint(
        timeNanoseconds: min(begin &+ width, max(end, begin)),
        liveBytes: interval.liveBytes, minimumBytes: interval.minimumBytes,
        maximumBytes: interval.maximumBytes, liveAllocations: interval.liveBlocks,
        allocations: interval.allocations, allocatedBytes: interval.allocatedBytes)
    }
    if let last = points.last, last.timeNanoseconds < end {
      points.append(
        TimelinePoint(
          timeNanoseconds: end, liveBytes: last.liveBytes, minimumBytes: last.liveBytes,
          maximumBytes: last.liveBytes, liveAllocations: last.liveAllocations, allocations: 0,
          allocatedBytes: 0))
    }
    return points
  }
}
