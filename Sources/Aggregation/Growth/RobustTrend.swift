/// The trend of values at equal distances, which a few outliers do not move: the slope of Theil
/// and Sen, the median of the slopes between all pairs of values.
public struct RobustTrend: Sendable, Hashable {
  /// Per step from one value to the next; 0 for fewer than two values.
  public let slope: Double
  /// Of all pairs, the share that rises minus the share that falls: 1 for values that rise at
  /// every step, about 0 for values without a trend (Kendall's tau).
  public let concordance: Double

  /// Finds the trend. O(n²) in the number of values.
  public init(_ values: some RandomAccessCollection<Int>) {
    let values = Array(values)
    var rising = 0
    var falling = 0
    for later in values.indices {
      for earlier in 0..<later {
        rising += values[later] > values[earlier] ? 1 : 0
        falling += values[later] < values[earlier] ? 1 : 0
      }
    }
    let pairs = values.count * (values.count - 1) / 2
    guard pairs > 0 else {
      slope = 0
      concordance = 0
      return
    }
    concordance = Double(rising - falling) / Double(pairs)
    // In their order the falling slopes come first, then those that are 0.
    let middle = pairs / 2
    let isFlat = falling < middle && middle < pairs - rising
    slope = isFlat ? 0 : Self.median(Self.slopes(values))
  }

  private static func slopes(_ values: [Int]) -> [Double] {
    var slopes: [Double] = []
    slopes.reserveCapacity(values.count * (values.count - 1) / 2)
    for later in values.indices {
      for earlier in 0..<later {
        slopes.append(Double(values[later] - values[earlier]) / Double(later - earlier))
      }
    }
    return slopes
  }

  private static func median(_ values: [Double]) -> Double {
    var values = values
    let middle = values.count / 2
    let upper = values.withUnsafeMutableBufferPointer { select(middle, of: $0) }
    guard values.count.isMultiple(of: 2) else { return upper }
    return ((values[..<middle].max() ?? upper) + upper) / 2
  }

  /// Hoare's selection: puts the element that sorting would put at a place there, none larger before it
  /// and none smaller behind it.
  private static func select(
    _ place: Int, of values: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    var first = 0
    var last = values.count - 1
    while first < last {
      let pivot = middleOf(values[first], values[(first + last) / 2], values[last])
      var low = first
      var high = last
      while low <= high {
        while values[low] < pivot { low += 1 }
        while values[high] > pivot { high -= 1 }
        guard low <= high else { break }
        values.swapAt(low, high)
        low += 1
        high -= 1
      }
      if place <= high { last = high } else if place >= low { first = low } else { break }
    }
    return values[place]
  }

  private static func middleOf(_ one: Double, _ other: Double, _ third: Double) -> Double {
    max(min(one, other), min(max(one, other), third))
  }
}
