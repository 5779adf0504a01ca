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

  /// The same in groups that are those of a question by other numbers; `nil` if they are not. All stacks
  /// that have blocks must be in one.
  public func regrouped(
    from question: HeapSeries.Question, groupOfStack: [UInt32?], groups count: Int
  ) -> HeapSeriesSet? {
    guard groupOfStack.count == question.groupOfStack.count else { return nil }
    var source = [UInt32?](repeating: nil, count: count)
    var target = [UInt32?](repeating: nil, count: groups.count)
    for (group, found) in zip(groupOfStack, question.groupOfStack) {
      guard let group else { continue }
      guard let found, source[Int(group)] ?? found == found, target[Int(found)] ?? group == group
      else { return nil }
      source[Int(group)] = found
      target[Int(found)] = group
    }
    let hasAll = zip(groups, target).allSatisfy { $1 != nil || $0.allocations == 0 }
    let regrouped = source.compactMap { $0.map { groups[Int($0)] } }
    guard hasAll, regrouped.count == count else { return nil }
    return HeapSeriesSet(groups: regrouped, total: total, activity: activity)
  }

  /// What two traces have in the same groups and windows.
  public static func + (left: HeapSeriesSet, right: HeapSeriesSet) -> HeapSeriesSet {
    func sum(_ one: HeapSeries, _ other: HeapSeries) -> HeapSeries {
      HeapSeries.sum([one, other]) ?? one
    }
    return HeapSeriesSet(
      groups: zip(left.groups, right.groups).map(sum), total: sum(left.total, right.total),
      activity: zip(left.activity, right.activity).map(+))
  }
}

extension HeapSeries {
  /// What is asked of a whole run: element n of `groupOfStack` is the group of the stack with number
  /// n, less than `groups`; that of a stack without blocks may be `nil`.
  public struct Question: Sendable {
    public let groupOfStack: [UInt32?]
    public let groups: Int
    public let windows: Int

    public init(groupOfStack: [UInt32?], groups: Int, windows: Int) {
      self.groupOfStack = groupOfStack
      self.groups = groups
      self.windows = windows
    }
  }

  /// Where one of several traces lies in the time of all.
  public struct Place: Sendable, Hashable {
    /// How much later than the first of them it began.
    public let offsetNanoseconds: UInt64
    /// From the first one's start to the last one's end.
    public let runNanoseconds: UInt64

    public init(offsetNanoseconds: UInt64, runNanoseconds: UInt64) {
      self.offsetNanoseconds = offsetNanoseconds
      self.runNanoseconds = runNanoseconds
    }
  }

  /// The series of a process that ended in a window: from then on it holds nothing. In the last tenth of
  /// a run its processes end one after the other; to end there is no change of what they hold.
  fileprivate func ending(in window: Int) -> HeapSeries {
    let count = minimumBytes.count
    guard window < count - 1 - count / 10 else { return self }
    func cut(_ values: [Int], from first: Int) -> [Int] {
      values.enumerated().map { $0.offset >= max(0, first) ? 0 : $0.element }
    }
    return HeapSeries(
      windowNanoseconds: windowNanoseconds, minimumBytes: cut(minimumBytes, from: window),
      maximumBytes: cut(maximumBytes, from: window + 1),
      minimumBlocks: cut(minimumBlocks, from: window), allocations: allocations,
      allocatedBytes: allocatedBytes, survivors: survivors, survivingBytes: survivingBytes,
      survivorAgeNanoseconds: survivorAgeNanoseconds, oldestAgeNanoseconds: oldestAgeNanoseconds,
      lastBirthWindow: lastBirthWindow, ends: ends, endAgeSeconds: endAgeSeconds,
      oldestKeptWindow: oldestKeptWindow)
  }

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
  /// With `place` the query's window and the windows are of the time of several traces.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public func series(
    _ query: HeapQuery = HeapQuery(), groupOfStack: [UInt32?], groups: Int, windows: Int,
    in place: HeapSeries.Place? = nil, options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> HeapSeriesSet {
    let run = place?.runNanoseconds ?? durationNanoseconds
    func follow(usesIndex: Bool) throws(TraceError) -> BlockSeries {
      try TraceReplayer(
        file, timelinePoints: 2, decoderThreads: options.decoderThreads,
        sharedBlocks: options.sharedBlocks, space: query.space
      ).run(
        blockSeries(query, groupOfStack, groups: groups, windows: windows, in: place),
        usesIndex: usesIndex
      ) { bytes, events in
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
    let last = place.map { $0.offsetNanoseconds &+ durationNanoseconds }
    return HeapSeriesSet(
      found, start: min(query.window.lowerBound, run), end: min(query.window.upperBound, run),
      lastNanoseconds: last)
  }

  func blockSeries(
    _ query: HeapQuery, _ groupOfStack: [UInt32?], groups: Int, windows: Int,
    in place: HeapSeries.Place?
  ) -> BlockSeries {
    var query = query
    query.grouping = .groups(groupOfStack.map { $0 ?? 0 })
    let chosen = query.stacks
    query.stacks = groupOfStack.indices.map { stack in
      groupOfStack[stack] != nil && chosen.map { stack < $0.count && $0[stack] } ?? true
    }
    return BlockSeries(
      blockQuery(query), groups: groups, windows: windows,
      runNanoseconds: place?.runNanoseconds ?? durationNanoseconds,
      offsetNanoseconds: place?.offsetNanoseconds ?? 0)
  }
}

extension HeapSeriesSet {
  /// What was found between two moments; `lastNanoseconds` is when one of several processes ended.
  init(_ found: BlockSeries, start: UInt64, end: UInt64, lastNanoseconds: UInt64? = nil) {
    func window(of time: UInt64) -> Int {
      time < start ? -1 : Int(clamping: (time - start) / found.windowNanoseconds)
    }
    func finished(_ group: BlockSeries.Group) -> HeapSeries {
      let series = HeapSeries(
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
      return lastNanoseconds.map { series.ending(in: window(of: $0)) } ?? series
    }
    self.init(
      groups: found.groups.map(finished), total: finished(found.total), activity: found.activity)
  }
}
