import Aggregation

/// A limit on live bytes, and how a run kept to it.
struct HeapLimit {
  let bytes: Int
  let severity: ColumnChart.Level.Severity
  /// When the first interval began in which more was live; `nil` if the heap kept to the limit.
  private(set) var firstExceededNanoseconds: UInt64?
  /// Sum of the intervals in which more was live at any moment.
  private(set) var exceededNanoseconds: UInt64 = 0
  /// Whether it is known to be exceeded: of several processes an interval's highest is a bound.
  private(set) var isCertain = true

  /// Compares a timeline that begins at a moment with limits. Of several the largest is critical,
  /// the others are warnings. Of several processes `leastPeakBytes` is what they held at least, and
  /// the timeline what they held at most.
  static func compare(
    _ timeline: [TimelinePoint], from start: UInt64, with limits: [Int],
    leastPeakBytes: Int? = nil
  ) -> [HeapLimit] {
    let sorted = Set(limits).sorted()
    return sorted.map { bytes in
      var limit = HeapLimit(
        bytes: bytes,
        severity: sorted.count > 1 && bytes == sorted.last ? .critical : .warning)
      var begin = start
      for point in timeline {
        if point.maximumBytes > bytes {
          limit.firstExceededNanoseconds = limit.firstExceededNanoseconds ?? begin
          limit.exceededNanoseconds += point.timeNanoseconds - begin
        }
        begin = point.timeNanoseconds
      }
      if let leastPeakBytes, limit.firstExceededNanoseconds != nil {
        limit.isCertain = leastPeakBytes > bytes
      }
      return limit
    }
  }

  /// The severity's name in JSON; part of the schema.
  var severityName: String {
    switch severity {
    case .warning: "warning"
    case .critical: "critical"
    }
  }
}
