/// The heap within one of some intervals of time.
package struct HeapInterval: Sendable, Hashable {
  /// At the end.
  package internal(set) var liveBytes = 0
  package internal(set) var liveBlocks = 0
  package internal(set) var minimumBytes = 0
  package internal(set) var maximumBytes = 0
  package internal(set) var allocations = 0
  package internal(set) var allocatedBytes = 0
}

/// Collects the heap over time in a bounded number of equal intervals, which widen as time goes on.
struct TimelineBuilder {
  private let limit: Int
  /// Intervals are 2^shift ns wide.
  private(set) var shift: UInt64 = 10
  private(set) var intervals: [HeapInterval] = []
  /// What is live when the first interval begins.
  var first = (bytes: 0, blocks: 0)

  /// - Parameter limit: most intervals, at least 2.
  init(limit: Int) { self.limit = max(2, limit) }

  /// Adds a stretch of events at one time: the state after it and the extremes within.
  mutating func add(at nanoseconds: UInt64, _ stretch: HeapInterval) {
    var index = nanoseconds >> shift
    while index >= UInt64(limit) {
      widen()
      index = nanoseconds >> shift
    }
    extend(to: Int(index))
    let last = intervals.count - 1
    intervals[last].liveBytes = stretch.liveBytes
    intervals[last].liveBlocks = stretch.liveBlocks
    intervals[last].minimumBytes = min(intervals[last].minimumBytes, stretch.minimumBytes)
    intervals[last].maximumBytes = max(intervals[last].maximumBytes, stretch.maximumBytes)
    intervals[last].allocations += stretch.allocations
    intervals[last].allocatedBytes &+= stretch.allocatedBytes
  }

  /// Adds quiet intervals until one holds the given time.
  mutating func finish(at nanoseconds: UInt64) {
    while nanoseconds >> shift >= UInt64(limit) { widen() }
    extend(to: Int(nanoseconds >> shift))
  }

  /// Opens intervals, each beginning as the one before it ended.
  private mutating func extend(to index: Int) {
    while intervals.count <= index {
      var quiet = HeapInterval()
      quiet.liveBytes = intervals.last?.liveBytes ?? first.bytes
      quiet.liveBlocks = intervals.last?.liveBlocks ?? first.blocks
      quiet.minimumBytes = quiet.liveBytes
      quiet.maximumBytes = quiet.liveBytes
      intervals.append(quiet)
    }
  }

  private mutating func widen() {
    shift += 1
    intervals = stride(from: 0, to: intervals.count, by: 2).map { index in
      let early = intervals[index]
      guard index + 1 < intervals.count else { return early }
      var both = intervals[index + 1]
      both.minimumBytes = min(both.minimumBytes, early.minimumBytes)
      both.maximumBytes = max(both.maximumBytes, early.maximumBytes)
      both.allocations += early.allocations
      both.allocatedBytes &+= early.allocatedBytes
      return both
    }
  }
}
