import Aggregation
import TraceFormat

/// Divides a run into equal spans of time, one for each column of a chart, and says what a series
/// was in each.
struct TimeColumns {
  /// The run's start and end, after the start of recording.
  let window: Range<UInt64>
  let count: Int

  /// Divides the time that a timeline covers; `nil` if that is none.
  init?(_ timeline: [TimelinePoint], from start: UInt64 = 0, count: Int) {
    guard let end = timeline.last?.timeNanoseconds, end > start, count > 0 else { return nil }
    window = start..<end
    self.count = count
  }

  /// Length of one span in seconds.
  var seconds: Double { Double(window.upperBound - window.lowerBound) / 1e9 / Double(count) }

  /// The column that a moment falls into; the nearest one for moments outside.
  func column(of nanoseconds: UInt64) -> Int {
    min(count - 1, Int(position(of: nanoseconds)))
  }

  /// When a column begins, after the start of recording.
  func start(of column: Int) -> UInt64 {
    let length = Double(window.upperBound - window.lowerBound)
    let distance = UInt64(saturating: length * Double(column) / Double(count))
    return window.lowerBound + min(distance, window.upperBound - window.lowerBound)
  }

  /// The largest value in each column; an interval counts in every column that it touches.
  func largest(
    of timeline: [TimelinePoint], _ value: (TimelinePoint) -> Int
  ) -> [Int] {
    var largest = [Int](repeating: 0, count: count)
    forEach(of: timeline) { point, begin in
      let last = max(
        column(of: begin), min(count - 1, Int(position(of: point.timeNanoseconds).rounded(.up)) - 1)
      )
      for column in column(of: begin)...last {
        largest[column] = max(largest[column], value(point))
      }
    }
    return largest
  }

  /// The sum of what happened in each column; an interval's share goes by the time it overlaps.
  func sums(of timeline: [TimelinePoint], _ value: (TimelinePoint) -> Int) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    forEach(of: timeline) { point, begin in
      let from = position(of: begin)
      let through = max(from, position(of: point.timeNanoseconds))
      let amount = Double(value(point))
      guard through > from else {
        sums[column(of: begin)] += amount
        return
      }
      for column in Int(from)...min(count - 1, Int(through)) {
        let overlap = min(through, Double(column + 1)) - max(from, Double(column))
        if overlap > 0 { sums[column] += amount * overlap / (through - from) }
      }
    }
    return sums
  }

  /// The largest sample in each column; a column without one goes on with the sample before it, the
  /// first ones begin with the first sample.
  func largest(of samples: [MemorySample]) -> [UInt64] {
    var largest = [UInt64](repeating: 0, count: count)
    var last: UInt64 = samples.first?.residentBytes ?? 0
    var next = samples.startIndex
    for column in 0..<count {
      let end = column + 1 == count ? UInt64.max : start(of: column + 1)
      var here: UInt64?
      while next < samples.endIndex, samples[next].timeNanoseconds < end {
        if samples[next].timeNanoseconds >= window.lowerBound {
          here = max(here ?? 0, samples[next].residentBytes)
        }
        last = samples[next].residentBytes
        next += 1
      }
      largest[column] = here ?? last
    }
    return largest
  }

  /// Where in the window a moment is, in columns; the nearest edge for moments outside.
  private func position(of nanoseconds: UInt64) -> Double {
    let length = Double(window.upperBound - window.lowerBound)
    let position = (Double(nanoseconds) - Double(window.lowerBound)) / length * Double(count)
    return max(0, min(Double(count), position))
  }

  /// Calls `body` with each interval of the window and when it begins.
  private func forEach(of timeline: [TimelinePoint], _ body: (TimelinePoint, UInt64) -> Void) {
    var begin: UInt64 = 0
    for point in timeline {
      if point.timeNanoseconds > window.lowerBound { body(point, max(begin, window.lowerBound)) }
      begin = point.timeNanoseconds
    }
  }
}
