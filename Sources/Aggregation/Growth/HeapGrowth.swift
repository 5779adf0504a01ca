/// Whether and how fast what a group of stacks keeps grows, and what that looks like.
///
/// All is judged by the least that was live in each window of time: what comes and goes within a
/// window does not count, a leak does. The first windows are warm-up; the last ones, in which a
/// program may tear its data down, are left out.
public struct HeapGrowth: Sendable {
  /// What the course of the live bytes looks like.
  public enum Verdict: String, Sendable, Hashable, CaseIterable {
    /// It rises until the end, at least as fast as asked for.
    case grows
    /// It rises until the end, but slower.
    case growsSlowly
    /// It rose and falls by large parts, again and again.
    case sawtooth
    /// It has risen and stays, while blocks still come and go, or came after warm-up.
    case plateau
    /// It was there after warm-up and nothing was allocated since.
    case startUp
    /// Nothing stays.
    case temporary
  }

  /// What is asked for.
  public struct Thresholds: Sendable, Hashable {
    /// Bytes per second from which a rise is a suspect.
    public var bytesPerSecond = 1000.0
    /// Windows of warm-up.
    public var warmUpWindows: Int

    public init(warmUpWindows: Int) { self.warmUpWindows = warmUpWindows }
  }

  /// Share of the pairs of windows that must rise for a rise to be called steady.
  private static let steadyConcordance = 0.6

  public let verdict: Verdict
  /// Of the least live in each window after warm-up.
  public let bytesPerSecond: Double
  public let blocksPerSecond: Double
  /// How sure the rise is, 0 to 1.
  public let confidence: Double
  /// The least that was live in the last window that is judged: before the program's end, which may
  /// free everything.
  public let lastBytes: Int
  public let lastBlocks: Int

  /// Judges a series.
  public init(_ series: HeapSeries, _ thresholds: Thresholds) {
    let seconds = Double(series.windowNanoseconds) / 1e9
    let count = series.minimumBytes.count
    let tail = max(1, count / 32)
    let start = min(thresholds.warmUpWindows, max(0, count - tail - 2))
    let kept = start..<max(start, count - tail)
    let course = series.minimumBytes[kept]
    let whole = RobustTrend(course)
    let late = RobustTrend(course.suffix(course.count / 2))
    let rate = whole.slope / seconds
    let lateRate = late.slope / seconds
    bytesPerSecond = rate
    blocksPerSecond = RobustTrend(series.minimumBlocks[kept]).slope / seconds
    confidence = max(0, whole.concordance)

    lastBytes = course.last ?? 0
    lastBlocks = series.minimumBlocks[kept].last ?? 0
    let last = course.suffix(max(1, course.count / 10)).min() ?? 0
    let highest = series.maximumBytes[kept].max() ?? 0
    let rises =
      whole.concordance >= Self.steadyConcordance
      && late.concordance >= Self.steadyConcordance / 2 && lateRate > rate / 4 && rate > 0
    if rises, rate >= thresholds.bytesPerSecond {
      verdict = .grows
    } else if Self.falls(in: series.maximumBytes[kept], of: highest) >= 2
      || Self.fallsWithinWindows(series, kept, highest)
    {
      verdict = .sawtooth
    } else if rises, Double(last - (course.first ?? 0)) > 0.1 * Double(last) {
      verdict = .growsSlowly
    } else if last == 0 {
      verdict = .temporary
    } else if series.lastBirthWindow < max(1, start) {
      verdict = .startUp
    } else {
      verdict = .plateau
    }
  }

  /// Whether most windows see the group at more than half of its highest and at less, and that is
  /// many blocks: batches that come and go faster than windows do.
  private static func fallsWithinWindows(
    _ series: HeapSeries, _ windows: Range<Int>, _ highest: Int
  ) -> Bool {
    let falls = windows.count {
      series.minimumBytes[$0] * 2 <= highest && series.maximumBytes[$0] * 2 > highest
    }
    let blockBytes = Double(series.allocatedBytes) / Double(max(1, series.allocations))
    return falls * 2 > windows.count && Double(highest) >= 16 * blockBytes
  }

  /// How often a course falls by more than half of its highest after it has risen by as much.
  private static func falls(in course: ArraySlice<Int>, of highest: Int) -> Int {
    guard highest > 0, var top = course.first else { return 0 }
    var falls = 0
    var bottom = top
    var isFalling = false
    for value in course {
      if isFalling {
        bottom = min(bottom, value)
        if value - bottom > highest / 2 {
          isFalling = false
          top = value
        }
      } else {
        top = max(top, value)
        if top - value > highest / 2 {
          falls += 1
          isFalling = true
          bottom = value
        }
      }
    }
    return falls
  }
}
