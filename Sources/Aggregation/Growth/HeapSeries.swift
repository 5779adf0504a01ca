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

  public init(
    windowNanoseconds: UInt64, minimumBytes: [Int], maximumBytes: [Int], minimumBlocks: [Int],
    allocations: Int, allocatedBytes: Int, survivors: Int, survivingBytes: Int,
    survivorAgeNanoseconds: UInt64 = 0,
    oldestAgeNanoseconds: UInt64 = 0, lastBirthWindow: Int
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
  ) throws(TraceError) -> [HeapSeries] {
    var query = query
    query.grouping = .groups(groupOfStack.map { $0 ?? 0 })
    let chosen = query.stacks
    query.stacks = groupOfStack.indices.map { stack in
      groupOfStack[stack] != nil && chosen.map { stack < $0.count && $0[stack] } ?? true
    }
    let series = BlockSeries(
      blockQuery(query), groups: groups, windows: windows, runNanoseconds: durationNanoseconds)
    func follow(usesIndex: Bool) throws(TraceError) -> [BlockSeries.Group] {
      try TraceReplayer(
        file, timelinePoints: 2, decoderThreads: options.decoderThreads,
        sharedBlocks: options.sharedBlocks
      ).run(series, usesIndex: usesIndex) { bytes, events in
        progress?(
          LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
      }
    }
    let found: [BlockSeries.Group]
    do throws(TraceError) {
      found = try follow(usesIndex: true)
    } catch  where error.kind == .damaged {
      // Of the index: everything that it says the events say, too.
      found = try follow(usesIndex: false)
    }
    let end = min(query.window.upperBound, durationNanoseconds)
    return found.map { group in
      HeapSeries(
        windowNanoseconds: series.windowNanoseconds, minimumBytes: group.minimumBytes,
        maximumBytes: group.maximumBytes, minimumBlocks: group.minimumBlocks,
        allocations: group.allocations, allocatedBytes: group.allocatedBytes,
        survivors: group.survivors, survivingBytes: group.survivingBytes,
        survivorAgeNanoseconds: UInt64(
          max(0, group.survivorAgeSeconds) / Double(max(1, group.survivors)) * 1e9),
        oldestAgeNanoseconds: group.survivors == 0
          ? 0 : end - min(end, group.oldestBirthNanoseconds),
        lastBirthWindow: group.lastBirthWindow)
    }
  }
}
