/// The trend of values at equal distances, which a few outliers do not move: the slope of Theil
/// and Sen, the median of the slopes between all pairs of values.
public struct RobustTrend: Sendable, Hashable {
  /// Per step from one value to the next; 0 for fewer than two values.
  public let slope: Double
  /// Of all pairs, the share that rises minus the share that falls: 1 for values that rise at
  /// every step, about 0 for values without a trend (Kendall's tau).
  public let concordance: Double

  /// Finds the trend. O(n² log n) in the number of values.
  public init(_ values: some RandomAccessCollection<Int>) {
    let values = Array(values)
    var slopes: [Double] = []
    slopes.reserveCapacity(values.count * (values.count - 1) / 2)
    var rising = 0
    var falling = 0
    for later in values.indices {
      for earlier in 0..<later {
        let rise = values[later] - values[earlier]
        if rise > 0 { rising += 1 } else if rise < 0 { falling += 1 }
        slopes.append(Double(rise) / Double(later - earlier))
      }
    }
    guard !slopes.isEmpty else {
      slope = 0
      concordance = 0
      return
    }
    slopes.sort()
    let middle = slopes.count / 2
    slope =
      slopes.count.isMultiple(of: 2) ? (slopes[middle - 1] + slopes[middle]) / 2 : slopes[middle]
    concordance = Double(rising - falling) / Double(slopes.count)
  }
}
