import HeapModel
import TraceFormat

/// What one group of stacks had live over time, in windows of equal width.
public struct HeapSeries: Sendable {
  public let windowNanoseconds: UInt64
  /// Lowest and highest sum of live bytes, and fewest live blocks, in each window.
  public let minimumBytes: [Int]
  public let maximumBytes: [Int]
  public let minimumBlocks: [Int]
  public let allocations: Int
  public let allocatedBytes: Int
  /// Blocks, and their bytes, that were live at the end of the trace.
  public let survivors: Int
  public let survivingBytes: Int
  /// How long the survivors had lived at the end: on average, and the oldest.
  public let survivorAgeNanoseconds: UInt64
  public let oldestAgeNanoseconds: UInt64
  /// The last window in which a block was allocated; -1 if all were before the first.
  public let lastBirthWindow: Int
  /// By window: blocks that ended, and the sum of how long they had lived.
  public let ends: [Int]
  public let endAgeSeconds: [Double]
  /// The window in which the oldest block was born that is live after the settled windows; -1 if
  /// that was before the first, `nil` if none is.
  public let oldestKeptWindow: Int?

  /// How many of its windows come before the last ones, in which a program may tear its data down.
  var settledWindows: Int { BlockSeries.settled(minimumBytes.count) }

  public init(
    windowNanoseconds: UInt64, minimumBytes: [Int], maximumBytes: [Int], minimumBlocks: [Int],
    allocations: Int, allocatedBytes: Int, survivors: Int, survivingBytes: Int,
    survivorAgeNanoseconds: UInt64 = 0,
    oldestAgeNanoseconds: UInt64 = 0, lastBirthWindow: Int, ends: [Int] = [],
    endAgeSeconds: [Double] = [], oldestKeptWindow: Int? = nil
  ) {
    self.windowNanoseconds = windowNanoseconds
    self.minimumBytes = minimumBytes
    self.maximumBytes = maximumBytes
    self.minimumBlocks = minimumBlocks
    self.allocations = allocations
    self.allocatedBytes = allocatedBytes
    self.survivors = survivors
    self.survivingBytes = survivingBytes
    self.survivorAgeNanoseconds = survivorAgeNanoseconds
    self.oldestAgeNanoseconds = oldestAgeNanoseconds
    self.lastBirthWindow = lastBirthWindow
    self.ends = ends
    self.endAgeSeconds = endAgeSeconds
    self.oldestKeptWindow = oldestKeptWindow
  }
}

/// The series of some groups, and what they stand among.
public struct HeapSeriesSet: Sendable {
  public let groups: [HeapSeries]
  /// All groups together.
  public let total: HeapSeries
  /// By window: allocations of the whole process.
  public let activity: [Int]

  public init(groups: [HeapSeries], total: HeapSeries, activity: [Int]) {
    self.groups = groups
    self.total = total
    self.activity = activity
  }
}

extension HeapSeries {
  /// The sum of several series of the same windows. The least of a sum may be more than the sum of
  /// the least.
  public static func sum(_ series: [HeapSeries]) -> HeapSeries? {
    guard let first = series.first else { return nil }
    func sum<Value: AdditiveArithmetic>(_ values: (HeapSeries) -> [Value]) -> [Value] {
      var sums = values(first)
      for other in series.dropFirst() {
        for (index, value) in values(other).enumerated() { sums[index] += value }
      }
      return sums
    }
    let survivors = series.reduce(0) { $0 + $1.survivors }
    let age = series.reduce(0.0) { $0 + Double($1.survivorAgeNanoseconds) * Double($1.survivors) }
    return HeapSeries(
      windowNanoseconds: first.windowNanoseconds, minimumBytes: sum(\.minimumBytes),
      maximumBytes: sum(\.maximumBytes), minimumBlocks: sum(\.minimumBlocks),
      allocations: series.reduce(0) { $0 + $1.allocations },
      allocatedBytes: series.reduce(0) { $0 &+ $1.allocatedBytes }, survivors: survivors,
      survivingBytes: series.reduce(0) { $0 &+ $1.survivingBytes },
      survivorAgeNanoseconds: UInt64(saturating: age / Double(max(1, survivors))),
      oldestAgeNanoseconds: series.reduce(0) { max($0, $1.oldestAgeNanoseconds) },
      lastBirthWindow: series.reduce(-1) { max($0, $1.lastBirthWindow) }, ends: sum(\.ends),
      endAgeSeconds: sum(\.endAgeSeconds),
      oldestKeptWindow: series.compactMap(\.oldestKeptWindow).min())
  }
}

extension HeapTrace {
  /// Follows groups of stacks over the window of a query, divided into windows of equal width.
  ///
  /// Element n of `groupOfStack` is the group of the stack with number n, less than `groups`; `nil`
  /// leaves its blocks out, as the query's conditions on blocks may. All blocks that are live at
  /// any moment of the window count. Time is linear in the events, or, in a trace with an index, in
  /// those around the window; memory in the live blocks of
  /// these stacks and in groups times windows.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public func series(
    _ query: HeapQuery = HeapQuery(), groupOfStack: [UInt32?], groups: Int, windows: Int,
    options: LoadOptions = LoadOptions(), progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> HeapSeriesSet {
    var query = query
    query.grouping = .groups(groupOfStack.map { $0 ?? 0 })
    let chosen = query.stacks
    query.stacks = groupOfStack.indices.map { stack in
      groupOfStack[stack] != nil && chosen.map { stack < $0.count && $0[stack] } ?? true
    }
    let series = BlockSeries(
      blockQuery(query), groups: groups, windows: windows, runNanoseconds: durationNanoseconds)
    func follow(usesIndex: Bool) throws(TraceError) -> BlockSeries {
      try TraceReplayer(
        file, timelinePoints: 2, decoderThreads: options.decoderThreads,
        sharedBlocks: options.sharedBlocks
      ).run(series, usesIndex: usesIndex) { bytes, events in
        progress?(
          LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
      }
    }
    let found: BlockSeries
    do throws(TraceError) {
      found = try follow(usesIndex: true)
    } catch  where error.kind == .damaged {
      // Of the index: everything that it says the events say, too.
      found = try follow(usesIndex: false)
    }
    let end = min(query.window.upperBound, durationNanoseconds)
    func window(of birth: UInt64) -> Int {
      birth < found.stretch.lowerBound
        ? -1 : Int((birth - found.stretch.lowerBound) / found.windowNanoseconds)
    }
    func finished(_ group: BlockSeries.Group) -> HeapSeries {
      HeapSeries(
        windowNanoseconds: found.windowNanoseconds, minimumBytes: group.minimumBytes,
        maximumBytes: group.maximumBytes, minimumBlocks: group.minimumBlocks,
        allocations: group.allocations, allocatedBytes: group.allocatedBytes,
        survivors: group.survivors, survivingBytes: group.survivingBytes,
        survivorAgeNanoseconds: UInt64(
          saturating: max(0, group.survivorAgeSeconds) / Double(max(1, group.survivors)) * 1e9),
        oldestAgeNanoseconds: group.survivors == 0
          ? 0 : end - min(end, group.oldestBirthNanoseconds),
        lastBirthWindow: group.lastBirthWindow, ends: group.ends,
        endAgeSeconds: group.endAgeSeconds,
        oldestKeptWindow: group.oldestKeptBirthNanoseconds == .max
          ? nil : window(of: group.oldestKeptBirthNanoseconds))
    }
    return HeapSeriesSet(
      groups: found.groups.map(finished), total: finished(found.total), activity: found.activity)
  }
}
