import TraceFormat

/// Live bytes and blocks of groups of stacks over time: their extremes in windows of equal width,
/// which divide a query's window. The query's conditions on blocks apply, too. Whatever its choice,
/// the series is about all blocks that are live in the window.
///
/// A group's windows are written when its next event comes, so a group costs time only for its
/// events; memory is groups times windows. The first window is what came before the window, and is
/// dropped. What an event changes is in raw memory, see `ScratchBuffer`: a copy shares it, so a value
/// is of use for one walk.
package struct BlockSeries: BlockVisitor {
  /// One group, as far as its windows are over.
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

    fileprivate init(windows: Int) {
      minimumBytes = Array(repeating: 0, count: windows)
      maximumBytes = minimumBytes
      minimumBlocks = minimumBytes
      ends = minimumBytes
      endAgeSeconds = Array(repeating: 0, count: windows)
    }

    fileprivate mutating func keep(_ current: Current) {
      minimumBytes[current.window] = current.minimumBytes
      maximumBytes[current.window] = current.maximumBytes
      minimumBlocks[current.window] = current.minimumBlocks
      ends[current.window] = current.ends
      endAgeSeconds[current.window] = current.endAgeNanoseconds / 1e9
    }

    fileprivate mutating func finish(_ current: Current) {
      keep(current)
      allocations = current.allocations
      allocatedBytes = current.allocatedBytes
      lastBirthWindow = current.lastBirthWindow
      oldestKeptBirthNanoseconds = min(
        oldestKeptBirthNanoseconds, current.oldestKeptBirthNanoseconds)
      minimumBytes.removeFirst()
      maximumBytes.removeFirst()
      minimumBlocks.removeFirst()
      ends.removeFirst()
      endAgeSeconds.removeFirst()
    }
  }

  /// What an event changes of a group: the window that its extremes are being kept of.
  fileprivate struct Current: BitwiseCopyable {
    var window = 0
    var liveBytes = 0
    var liveBlocks = 0
    var minimumBytes = 0
    var maximumBytes = 0
    var minimumBlocks = 0
    var ends = 0
    /// The sum, which may be larger than any integer.
    var endAgeNanoseconds = 0.0
    var allocations = 0
    var allocatedBytes = 0
    var lastBirthWindow = -1
    var oldestKeptBirthNanoseconds = UInt64.max

    /// Begins the next window, in which nothing has changed yet.
    mutating func goOn() {
      if window == 0 {
        allocations = liveBlocks
        allocatedBytes = liveBytes
      }
      window += 1
      minimumBytes = liveBytes
      maximumBytes = liveBytes
      minimumBlocks = liveBlocks
      ends = 0
      endAgeNanoseconds = 0
    }

    @inline(__always)
    mutating func count(_ bytes: Int, in target: Int) {
      allocations += 1
      allocatedBytes &+= bytes
      lastBirthWindow = target - 1
    }

    @inline(__always)
    mutating func add(_ bytes: Int) {
      liveBytes &+= bytes
      liveBlocks += 1
    }

    @inline(__always)
    mutating func remove(_ bytes: Int) {
      liveBytes &-= bytes
      liveBlocks -= 1
    }

    @inline(__always)
    mutating func keepMost() { maximumBytes = max(maximumBytes, liveBytes) }

    @inline(__always)
    mutating func keepLeast() {
      minimumBytes = min(minimumBytes, liveBytes)
      minimumBlocks = min(minimumBlocks, liveBlocks)
    }

    /// A block that is freed in the last windows was kept until then.
    @inline(__always)
    mutating func count(endOf birth: UInt64, at end: UInt64, isSettled: Bool) {
      ends += 1
      endAgeNanoseconds += Double(Int64(truncatingIfNeeded: end - min(end, birth)))
      if !isSettled {
        oldestKeptBirthNanoseconds = min(oldestKeptBirthNanoseconds, birth)
      }
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
  /// By group; behind them that of all together.
  private let currents: ScratchBuffer<Current>
  private let settledWindows: Int
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
    currents = ScratchBuffer(capacity: groups + 1)
    currents.fill(groups + 1, with: Current())
    settledWindows = Self.settled(self.windows)
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
    count(block, in: group)
  }

  /// Brings a group up to the window that the walk is in.
  @inline(__always)
  private mutating func advance(_ group: Int) {
    if currents.pointer[group].window < window { writeWindows(of: group) }
  }

  @inline(never)
  private mutating func writeWindows(of group: Int) {
    var current = currents.pointer[group]
    while current.window < window {
      if group == groups.count { total.keep(current) } else { groups[group].keep(current) }
      current.goOn()
    }
    currents.pointer[group] = current
  }

  @inline(__always)
  private mutating func count(_ block: TrackedBlock, in group: Int) {
    let all = groups.count
    advance(group)
    advance(all)
    currents.pointer[group].count(block.sizeBytes, in: window)
    currents.pointer[all].count(block.sizeBytes, in: window)
  }

  @inline(__always)
  private mutating func add(_ block: TrackedBlock, to group: Int) {
    let all = groups.count
    if replaced.isEmpty {
      advance(group)
      advance(all)
      currents.pointer[group].add(block.sizeBytes)
      currents.pointer[all].add(block.sizeBytes)
    } else {
      add(block, to: group, replaces: replaced.contains(group))
      add(block, to: all, replaces: true)
    }
    currents.pointer[group].keepMost()
    currents.pointer[all].keepMost()
  }

  /// `replaces` a block that was taken away just before: a window that begins between the two begins
  /// with the new one.
  private mutating func add(_ block: TrackedBlock, to group: Int, replaces: Bool) {
    if !replaces || currents.pointer[group].window == 0 { advance(group) }
    currents.pointer[group].add(block.sizeBytes)
    advance(group)
  }

  private mutating func settleReplaced() {
    for group in replaced { currents.pointer[group].keepLeast() }
    currents.pointer[groups.count].keepLeast()
    replaced.removeAll(keepingCapacity: true)
    replacedSteps = 0
  }

  package mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {
    if isPast {
      survive(block)
      return
    }
    let group = Int(groupOfAccount[Int(block.account)])
    let all = groups.count
    advance(group)
    advance(all)
    currents.pointer[group].remove(block.sizeBytes)
    currents.pointer[all].remove(block.sizeBytes)
    currents.pointer[group].count(
      endOf: block.birthNanoseconds &+ offsetNanoseconds,
      at: end.timeNanoseconds &+ offsetNanoseconds, isSettled: window <= settledWindows)
    if end.isReplaced {
      replaced.append(group)
    } else {
      currents.pointer[group].keepLeast()
      currents.pointer[all].keepLeast()
    }
  }

  package mutating func pass(_ block: TrackedBlock) {
    if isPast { return }
    count(block, in: Int(groupOfAccount[Int(block.account)]))
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
    groups[group].oldestKeptBirthNanoseconds = min(
      groups[group].oldestKeptBirthNanoseconds, birth)
  }

  /// Brings all groups to the last window and drops what came before the stretch. Ends the use of
  /// this visitor.
  mutating func finish() {
    settleReplaced()
    window = windows
    for group in groups.indices {
      advance(group)
      groups[group].finish(currents.pointer[group])
    }
    advance(groups.count)
    total.finish(currents.pointer[groups.count])
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
