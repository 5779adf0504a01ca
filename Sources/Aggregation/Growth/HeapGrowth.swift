/// Whether and how fast what a group of stacks keeps grows, and what that looks like.
///
/// All is judged by the least that was live in each window of time: what comes and goes within a
/// window does not count, a leak does. The first windows are warm-up; the last ones, in which a
/// program may tear its data down, are left out. A program that becomes idle lets nothing grow any
/// more: its busy windows are judged as well, by themselves. `GrowthCourse` says what a rise is.
public struct HeapGrowth: Sendable {
  /// What the course of the live bytes looks like.
  public enum Verdict: String, Sendable, Hashable, CaseIterable {
    /// It rises until the end, at least as fast as asked for.
    case grows
    /// It rises until the end, but slower.
    case growsSlowly
    /// It rose and falls by large parts, again and again.
    case sawtooth
    /// It has risen and stays, while blocks still come and go, or came after warm-up; or it rises with
    /// the load, and all of it is renewed over and over.
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

  public private(set) var verdict: Verdict
  /// Of the least live in each window after warm-up. While the program does next to nothing nothing
  /// can grow: where that is most of the time, of the time in which it did something.
  public let bytesPerSecond: Double
  public let blocksPerSecond: Double
  /// How sure the rise is, 0 to 1.
  public let confidence: Double
  /// The least that was live in the last window that is judged: before the program's end, which may
  /// free everything.
  public let lastBytes: Int
  public let lastBlocks: Int
  /// Whether it rose while the program was busy, and had not stopped when that became idle.
  public let isOfBusyTime: Bool
  /// Whether it gained something in steps too few to tell, or slowly: several such groups together
  /// may be more.
  public private(set) var mayBePartOfGrowth: Bool

  /// The share of the average number of allocations from which on a window is a busy one.
  private static let busyShare = 0.05
  private static let fewestBusyWindows = 6

  /// Judges a series. `activity` is how many allocations the process made in each window; without
  /// it all of them count as busy.
  public init(_ series: HeapSeries, activity: [Int] = [], _ thresholds: Thresholds) {
    let seconds = Double(series.windowNanoseconds) / 1e9
    let settled = series.settledWindows
    let start = min(thresholds.warmUpWindows, max(0, settled - 2))
    let kept = start..<max(start, settled)
    let course = GrowthCourse(series.minimumBytes[kept])
    let busy = Self.busyWindows(activity, kept)
    let (rise, isOfBusyTime) = Self.rise(series, course, kept, busy)
    self.isOfBusyTime = isOfBusyTime
    bytesPerSecond = (rise ?? course.anyTrend).slope / seconds
    confidence = max(0, (rise ?? course.anyTrend).concordance)
    let blocks = series.minimumBlocks[kept]
    let gainedBytes = course.values.last.map { $0 - course.values[0] } ?? 0
    let gainedBlocks = blocks.last.map { $0 - blocks[kept.lowerBound] } ?? 0
    // In step with the bytes: the median slope of blocks is none where those come in steps.
    blocksPerSecond =
      rise == nil || gainedBytes <= 0
      ? RobustTrend(blocks).slope / seconds
      : bytesPerSecond * Double(gainedBlocks) / Double(gainedBytes)

    lastBytes = course.values.last ?? 0
    lastBlocks = blocks.last ?? 0
    let last = course.values.suffix(max(1, course.values.count / 10)).min() ?? 0
    let highest = series.maximumBytes[kept].max() ?? 0
    if rise != nil, Self.isRenewed(series, kept) {
      verdict = .plateau
    } else if let rise, rise.slope / seconds >= thresholds.bytesPerSecond {
      verdict = .grows
    } else if Self.falls(in: series.maximumBytes[kept], of: highest) >= 2
      || Self.fallsWithinWindows(series, kept, highest)
    {
      verdict = .sawtooth
    } else if rise != nil, Double(course.gain) > 0.1 * Double(last) {
      verdict = .growsSlowly
    } else if last == 0 {
      verdict = .temporary
    } else if series.lastBirthWindow < max(1, start) {
      verdict = .startUp
    } else {
      verdict = .plateau
    }
    mayBePartOfGrowth =
      verdict == .growsSlowly || verdict == .plateau && course.isGainOfFewSteps
  }

  /// Whether it rises only because more blocks come, none of which lives longer than those before:
  /// what is live is what comes in a second times how many seconds it stays (Little's law). All that
  /// it held when a third of the run was left has gone, and as much has come instead. A queue that
  /// is served too slowly keeps its blocks longer and longer; a buffer that is copied into a larger
  /// one does not have more blocks.
  private static func isRenewed(_ series: HeapSeries, _ kept: Range<Int>) -> Bool {
    guard let oldest = series.oldestKeptWindow, series.ends.count >= kept.upperBound,
      oldest >= kept.upperBound - kept.count / 3, oldest <= kept.upperBound - 1
    else { return false }
    let blocks = (
      then: series.minimumBlocks[oldest], now: series.minimumBlocks[kept.upperBound - 1]
    )
    guard blocks.then >= 16, blocks.then * 8 >= blocks.now else { return false }
    let bytes = (
      then: series.minimumBytes[kept.lowerBound], now: series.minimumBytes[kept.upperBound - 1]
    )
    let gainedBlocks = blocks.now - series.minimumBlocks[kept.lowerBound]
    let blockBytes = Double(bytes.now) / Double(max(1, blocks.now))
    guard Double(gainedBlocks) * blockBytes >= 0.5 * Double(bytes.now - bytes.then) else {
      return false
    }
    let middle = kept.lowerBound + kept.count / 2
    func age(_ windows: Range<Int>) -> Double {
      series.endAgeSeconds[windows].reduce(0, +)
        / Double(max(1, series.ends[windows].reduce(0, +)))
    }
    return age(middle..<kept.upperBound) <= 1.5 * age(kept.lowerBound..<middle)
  }

  /// The rise of a series by one of the ways that things grow, and whether it is one of busy time
  /// alone.
  private static func rise(
    _ series: HeapSeries, _ course: GrowthCourse, _ kept: Range<Int>, _ busy: [Int]?
  ) -> (GrowthCourse.Rise?, Bool) {
    if let rise = course.rise ?? course.riseOfBatches() { return (rise, false) }
    let whole = GrowthCourse(series.minimumBytes[..<kept.upperBound])
    if course.gain > 0, whole.isFillingContainer(after: kept.lowerBound) {
      return (averageRise(course), false)
    }
    if let rise = course.riseAfterLoad { return (rise, false) }
    guard let busy else { return (nil, false) }
    let ofBusyTime = GrowthCourse(busy.map { series.minimumBytes[$0] })
    if let rise = ofBusyTime.rise { return (rise, true) }
    let fromStart = GrowthCourse(
      series.minimumBytes[..<kept.lowerBound] + busy.map { series.minimumBytes[$0] })
    guard ofBusyTime.gain > 0, fromStart.isFillingContainer(after: kept.lowerBound) else {
      return (nil, false)
    }
    return (averageRise(ofBusyTime), true)
  }

  /// What a course gained, as if in equal parts.
  private static func averageRise(_ course: GrowthCourse) -> GrowthCourse.Rise {
    GrowthCourse.Rise(
      slope: Double(course.gain) / Double(max(1, course.values.count)), concordance: 1)
  }

  /// The same, of blocks that are known to be a cache: what rises has an end.
  public func takenForCache() -> HeapGrowth {
    guard verdict == .grows || verdict == .growsSlowly else { return self }
    var cache = self
    cache.verdict = .plateau
    cache.mayBePartOfGrowth = false
    return cache
  }

  /// The windows in which the process does something, if it does next to nothing in the others.
  private static func busyWindows(_ activity: [Int], _ kept: Range<Int>) -> [Int]? {
    guard activity.count >= kept.upperBound, !kept.isEmpty else { return nil }
    let average = Double(activity[kept].reduce(0, +)) / Double(kept.count)
    let busy = kept.filter { Double(activity[$0]) >= busyShare * average && activity[$0] > 0 }
    guard busy.count >= fewestBusyWindows, Double(busy.count) < 0.9 * Double(kept.count) else {
      return nil
    }
    return busy
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
