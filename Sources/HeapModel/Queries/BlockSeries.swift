import TraceFormat

/// Live bytes and blocks of groups of stacks over time: their extremes in windows of equal width,
/// which divide a query's window. The query's conditions on blocks apply, too. Whatever its choice,
/// the series is about all blocks that are live in the window.
///
/// A group's windows are written when its next event comes, so a group costs time only for its
/// events; memory is groups times windows. A group that holds nothing has no windows of its own
/// before its first block. The first window is what came before the window, and is dropped.
package struct BlockSeries: BlockVisitor {
  /// One group.
  package struct Group {
    /// By window; windows before the first block are 0. The first is before the stretch.
    package fileprivate(set) var minimumBytes: [Int]
    package fileprivate(set) var maximumBytes: [Int]
    package fileprivate(set) var minimumBlocks: [Int]
    /// By window: blocks that ended, and the sum of how long they had lived.
    package fileprivate(set) var ends: [Int]
    package fileprivate(set) var endAgeSeconds: [Double]
    /// When the oldest block that outlived the settled windows was born.
    package fileprivate(set) var oldestKeptBirthNanoseconds = UInt64.max
    /// Of blocks that are live in the stretch.
    package fileprivate(set) var allocations = 0
    package fileprivate(set) var allocatedBytes = 0
    /// Of blocks that are live at its end.
    package fileprivate(set) var survivors = 0
    package fileprivate(set) var survivingBytes = 0
    /// Sum over the survivors of how long they had lived at the end.
    package fileprivate(set) var survivorAgeSeconds = 0.0
    package fileprivate(set) var oldestBirthNanoseconds = UInt64.max
    /// The last window of the stretch in which it allocated; -1 if it did before alone.
    package fileprivate(set) var lastBirthWindow = -1
    fileprivate var liveBytes = 0
    fileprivate var liveBlocks = 0
    /// The window that its extremes are being kept of; those before it are final.
    fileprivate var window = 0

    fileprivate init(windows: Int) {
      minimumBytes = Array(repeating: 0, count: windows)
      maximumBytes = minimumBytes
      minimumBlocks = minimumBytes
      ends = minimumBytes
      endAgeSeconds = Array(repeating: 0, count: windows)
    }

    /// Brings the windows up to one, in which nothing has changed yet.
    fileprivate mutating func advance(to target: Int) {
      while window < target {
        if window == 0 {
          allocations = liveBlocks
          allocatedBytes = liveBytes
        }
        window += 1
        minimumBytes[window] = liveBytes
        maximumBytes[window] = liveBytes
        minimumBlocks[window] = liveBlocks
      }
    }

    fileprivate mutating func finish(_ windows: Int) {
      advance(to: windows)
      minimumBytes.removeFirst()
      maximumBytes.removeFirst()
      minimumBlocks.removeFirst()
      ends.removeFirst()
      endAgeSeconds.removeFirst()
    }

    fileprivate mutating func count(_ bytes: Int, in target: Int) {
      if window < target { advance(to: target) }
      allocations += 1
      allocatedBytes &+= bytes
      lastBirthWindow = target - 1
    }

    /// `replaces` a block that was taken away just before: a window that begins between the two
    /// begins with the new one.
    @inline(__always)
    fileprivate mutating func add(bytes: Int, in target: Int, replaces: Bool = false) {
      if !replaces || window == 0, window < target { advance(to: target) }
      liveBytes &+= bytes
      liveBlocks += 1
      if replaces, window < target { advance(to: target) }
      maximumBytes[window] = max(maximumBytes[window], liveBytes)
    }

    /// Takes a block away; whether that is the least of the window is for `keepLeast` to say.
    @inline(__always)
    fileprivate mutating func remove(bytes: Int, in target: Int) {
      if window < target { advance(to: target) }
      liveBytes &-= bytes
      liveBlocks -= 1
    }

    /// A block that is freed in the last windows was kept until then.
    @inline(__always)
    fileprivate mutating func count(endOf birth: UInt64, at end: UInt64, isSettled: Bool) {
      ends[window] += 1
      endAgeSeconds[window] += Double(end - min(end, birth)) / 1e9
      if !isSettled { keep(since: birth) }
    }

    fileprivate mutating func keep(since birth: UInt64) {
      oldestKeptBirthNanoseconds = min(oldestKeptBirthNanoseconds, birth)
    }

    @inline(__always)
    fileprivate mutating func keepLeast() {
      minimumBytes[window] = min(minimumBytes[window], liveBytes)
      minimumBlocks[window] = min(minimumBlocks[window], liveBlocks)
    }
  }

  private let query: BlockQuery
  private let windows: Int
  /// How much later than the time of the windows the trace's own begins.
  private let offsetNanoseconds: UInt64
  package let windowNanoseconds: UInt64
  private let startNanoseconds: UInt64
  private let endNanoseconds: UInt64
  package private(set) var groups: [Group]
  /// All groups together.
  package private(set) var total: Group
  /// By window: allocations of the whole process, whatever the groups.
  package private(set) var activity: [Int]
  /// Groups that a realloc took a block from whose successor is still to come: between the two there
  /// is no moment at which the program has neither.
  private var replaced: [Int] = []
  private var replacedSteps = 0
  /// By account; negative for stacks that are in no group.
  private var groupOfAccount: [Int32] = []
  private var isThreadChosen: [Bool] = []
  private var window = 0
  /// Whether the stretch is over.
  private var isPast = false

  /// The part of the trace's own time that the windows divide.
  package var stretch: Range<UInt64> {
    let start = query.window.lowerBound - min(query.window.lowerBound, offsetNanoseconds)
    guard query.window.upperBound != .max else { return start..<(.max) }
    return
      start..<max(start, query.window.upperBound - min(query.window.upperBound, offsetNanoseconds))
  }

  /// How many of so many windows come before the last ones, in which a program may tear its data
  /// down.
  package static func settled(_ windows: Int) -> Int { max(0, windows - max(1, windows / 32)) }

  /// Prepares the groups; the windows, at least one, divide the query's window, which ends with the
  /// run at the latest. A group of the query is less than `groups`. The run, and with it the query's
  /// window, may have begun `offsetNanoseconds` before the trace.
  package init(
    _ query: BlockQuery, groups: Int, windows: Int, runNanoseconds: UInt64,
    offsetNanoseconds: UInt64 = 0
  ) {
    self.query = query
    self.offsetNanoseconds = offsetNanoseconds
    self.windows = max(1, windows)
    startNanoseconds = min(query.window.lowerBound, runNanoseconds)
    endNanoseconds = min(query.window.upperBound, runNanoseconds)
    let width = (endNanoseconds - startNanoseconds) / UInt64(self.windows)
    windowNanoseconds = width == .max ? width : width + 1
    self.groups = Array(repeating: Group(windows: self.windows + 1), count: groups)
    total = Group(windows: self.windows + 1)
    activity = Array(repeating: 0, count: self.windows + 1)
    // With an offset the first windows come before the trace: nothing is live in them.
    advance(to: 0)
  }

  package mutating func open(thread: UInt32, number: UInt32) {
    isThreadChosen.append(query.threads?.contains(number) ?? true)
  }

  package mutating func open(account: UInt32, node: UInt32) {
    groupOfAccount.append(query.groupOfNode(node).map { Int32($0) } ?? -1)
  }

  package func tracks(thread: UInt32) -> Bool { isThreadChosen[Int(thread)] }

  package func tracks(account: UInt32, sizeBytes: Int) -> Bool {
    groupOfAccount[Int(account)] >= 0 && query.sizes?.contains(sizeBytes) ?? true
  }

  package mutating func count(allocations: Int) {
    if !isPast { activity[window] += allocations }
  }

  package mutating func advance(to ownNanoseconds: UInt64) {
    let nanoseconds = ownNanoseconds &+ offsetNanoseconds
    // The new block may be of no group; the clock may step once between the two.
    if !replaced.isEmpty {
      replacedSteps += 1
      if replacedSteps > 1 { settleReplaced() }
    }
    if nanoseconds >= startNanoseconds {
      let number = (nanoseconds - startNanoseconds) / windowNanoseconds
      window = max(window, 1 + min(windows - 1, Int(clamping: number)))
    }
    if nanoseconds >= query.window.upperBound { isPast = true }
  }

  package mutating func begin(_ block: TrackedBlock) {
    if isPast { return }
    let group = Int(groupOfAccount[Int(block.account)])
    if !replaced.isEmpty, !block.origin.isReallocated { settleReplaced() }
    add(block, to: group)
    if !replaced.isEmpty { settleReplaced() }
    groups[group].count(block.sizeBytes, in: window)
    total.count(block.sizeBytes, in: window)
  }

  private mutating func add(_ block: TrackedBlock, to group: Int) {
    guard !replaced.isEmpty else {
      groups[group].add(bytes: block.sizeBytes, in: window)
      total.add(bytes: block.sizeBytes, in: window)
      return
    }
    groups[group].add(
      bytes: block.sizeBytes, in: window, replaces: replaced.contains(group))
    total.add(bytes: block.sizeBytes, in: window, replaces: true)
  }

  private mutating func settleReplaced() {
    for group in replaced { groups[group].keepLeast() }
    total.keepLeast()
    replaced.removeAll(keepingCapacity: true)
    replacedSteps = 0
  }

  package mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {
    if isPast {
      survive(block)
      return
    }
    let group = Int(groupOfAccount[Int(block.account)])
    groups[group].remove(bytes: block.sizeBytes, in: window)
    total.remove(bytes: block.sizeBytes, in: window)
    groups[group].count(
      endOf: block.birthNanoseconds &+ offsetNanoseconds,
      at: end.timeNanoseconds &+ offsetNanoseconds,
      isSettled: window <= Self.settled(windows))
    if end.isReplaced {
      replaced.append(group)
    } else {
      groups[group].keepLeast()
      total.keepLeast()
    }
  }

  package mutating func pass(_ block: TrackedBlock) {
    if isPast { return }
    groups[Int(groupOfAccount[Int(block.account)])].count(block.sizeBytes, in: window)
    total.count(block.sizeBytes, in: window)
  }

  package mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {
    if isPast {
      count(survivor: block, sign: -1)
      return
    }
    add(block, to: Int(groupOfAccount[Int(block.account)]))
  }

  package mutating func survive(_ block: TrackedBlock) { count(survivor: block, sign: 1) }

  /// A block lives at the end of the stretch; not, if it was allocated after it.
  private mutating func count(survivor block: TrackedBlock, sign: Int) {
    let birth = block.birthNanoseconds &+ offsetNanoseconds
    if birth >= query.window.upperBound { return }
    let group = Int(groupOfAccount[Int(block.account)])
    total.survivors += sign
    total.survivingBytes &+= sign * block.sizeBytes
    let age = endNanoseconds - min(endNanoseconds, birth)
    groups[group].survivors += sign
    groups[group].survivingBytes &+= sign * block.sizeBytes
    groups[group].survivorAgeSeconds += Double(sign) * Double(age) / 1e9
    groups[group].oldestBirthNanoseconds = min(groups[group].oldestBirthNanoseconds, birth)
    groups[group].keep(since: birth)
  }

  /// Brings all groups to the last window and drops what came before the stretch. Ends the use of
  /// this visitor.
  mutating func finish() {
    settleReplaced()
    for group in groups.indices { groups[group].finish(windows) }
    total.finish(windows)
    activity.removeFirst()
  }
}

extension TraceReplayer {
  /// Replays the trace and follows groups of stacks over time; of a trace with an index only the
  /// part around the series' stretch.
  ///
  /// - Throws: `TraceError` of kind `unreadable`; of kind `damaged` if a checkpoint is.
  package func run(
    _ series: BlockSeries, usesIndex: Bool = true,
    progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> BlockSeries {
    let walk = BlockWalk(series)
    if usesIndex { try seek(series.stretch, walk) }
    try run(walk, progress: progress)
    var series = walk.visitor
    series.finish()
    return series
  }
}
