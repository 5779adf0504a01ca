import TraceFormat

/// When blocks of groups of stacks were born and when they died, by intervals of equal width over the
/// run: from this every window whose edges are those of intervals can be told, exactly.
///
/// A block that is born and dies in one interval, as most do, costs an addition to its group's
/// accumulator; any other a place in a table. Memory is what groups have of pairs of intervals. The
/// accumulators and the table are shared by copies: a value is of use for one walk.
package struct BlockLives: BlockVisitor {
  /// Blocks of one group with the same intervals of birth and of death.
  package struct Sum: BitwiseCopyable, Sendable {
    package var blocks = 0
    package var bytes = 0

    mutating func add(_ sizeBytes: Int, _ sign: Int) {
      blocks += sign
      bytes &+= sizeBytes &* sign
    }
  }

  /// What was born and died in the interval that its group last had such a block in.
  private struct Passing: BitwiseCopyable {
    var interval: UInt32 = 0
    var sum = Sum()
  }

  /// More would take too much memory.
  package static let mostIntervals = 4096
  private static let mostSums = 8_000_000

  private let query: BlockQuery
  package let intervals: Int
  package let widthNanoseconds: UInt64
  /// By group and the intervals of birth and death, see `key`. Some may be 0.
  private let sums = GroupedTable<Sum>()
  private let groups: Int
  private let passing: ScratchBuffer<Passing>
  private var groupOfAccount: [Int32] = []
  /// The interval of the walk's time, and when it began.
  private var current: (interval: Int, start: UInt64) = (0, 0)
  private var live = Sum()
  /// By interval: the most that was live in it, of all groups together.
  package private(set) var peaks: [Sum]
  /// Whether there were more sums than memory is spent for; nothing is known then.
  package private(set) var isTooLarge = false

  /// Divides a run. A group of the query is less than `groups`.
  package init(_ query: BlockQuery, groups: Int, intervals: Int, runNanoseconds: UInt64) {
    self.query = query
    self.intervals = max(1, min(Self.mostIntervals, intervals))
    // The last moment of the run is within the last interval.
    widthNanoseconds = runNanoseconds / UInt64(self.intervals) + 1
    self.groups = groups
    peaks = Array(repeating: Sum(), count: self.intervals)
    passing = ScratchBuffer(capacity: groups)
    passing.fill(groups, with: Passing())
  }

  /// The sums in no particular order; a death in interval `intervals` is none.
  package func forEach(_ body: (_ group: UInt32, _ birth: Int, _ death: Int, Sum) -> Void) {
    guard !isTooLarge else { return }
    sums.forEach { key, sum in
      guard sum.blocks != 0 || sum.bytes != 0 else { return }
      body(UInt32(key >> 32), Int(key >> 16 & 0xffff), Int(key & 0xffff), sum)
    }
  }

  /// Most births and ends are of the interval that the walk is in.
  @inline(__always)
  private func interval(of nanoseconds: UInt64) -> Int {
    guard nanoseconds &- current.start >= widthNanoseconds else { return current.interval }
    return min(intervals - 1, Int(clamping: nanoseconds / widthNanoseconds))
  }

  private func key(_ group: Int, _ birth: Int, _ death: Int) -> UInt64 {
    UInt64(group) << 32 | UInt64(birth) << 16 | UInt64(death)
  }

  @inline(__always)
  private mutating func add(_ block: TrackedBlock, death: Int, sign: Int = 1) {
    let group = Int(groupOfAccount[Int(block.account)])
    let birth = interval(of: block.birthNanoseconds)
    if birth == death {
      if passing.pointer[group].interval != UInt32(birth) { settle(group, next: birth) }
      passing.pointer[group].sum.add(block.sizeBytes, sign)
    } else {
      var sum = Sum()
      sum.add(block.sizeBytes, sign)
      add(sum, to: key(group, birth, death))
    }
  }

  @inline(never)
  private mutating func settle(_ group: Int, next interval: Int) {
    let held = passing.pointer[group]
    passing.pointer[group] = Passing(interval: UInt32(interval))
    guard held.sum.blocks != 0 || held.sum.bytes != 0 else { return }
    add(held.sum, to: key(group, Int(held.interval), Int(held.interval)))
  }

  private mutating func add(_ added: Sum, to key: UInt64) {
    guard !isTooLarge else { return }
    var sum = sums.find(key) ?? Sum()
    sum.blocks += added.blocks
    sum.bytes &+= added.bytes
    _ = sums.insert(key, sum)
    if sums.count > Self.mostSums { isTooLarge = true }
  }

  /// Ends the use of this visitor.
  mutating func finish() {
    for group in 0..<groups { settle(group, next: 0) }
    advance(toInterval: intervals - 1)
  }

  // MARK: What is walked

  package mutating func open(thread: UInt32, number: UInt32) {}

  package mutating func open(account: UInt32, node: UInt32) {
    groupOfAccount.append(query.groupOfNode(node).map { Int32($0) } ?? -1)
  }

  package func tracks(thread: UInt32) -> Bool { true }

  package func tracks(account: UInt32, sizeBytes: Int) -> Bool {
    groupOfAccount[Int(account)] >= 0
  }

  package mutating func count(allocations: Int) {}
  package mutating func advance(to nanoseconds: UInt64) {
    let interval = interval(of: nanoseconds)
    if interval > current.interval { advance(toInterval: interval) }
  }

  private mutating func advance(toInterval interval: Int) {
    while current.interval < interval {
      current.interval += 1
      peaks[current.interval] = live
    }
    current.start = UInt64(current.interval) * widthNanoseconds
  }

  @inline(__always)
  package mutating func begin(_ block: TrackedBlock) {
    live.add(block.sizeBytes, 1)
    if live.bytes > peaks[current.interval].bytes { peaks[current.interval] = live }
  }

  package mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {
    live.add(block.sizeBytes, -1)
    add(block, death: interval(of: end.timeNanoseconds))
  }

  package mutating func pass(_ block: TrackedBlock) { add(block, death: current.interval) }

  package mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {
    add(block, death: interval(of: end.timeNanoseconds), sign: -1)
    begin(block)
  }

  package mutating func survive(_ block: TrackedBlock) { add(block, death: intervals) }
}

extension TraceReplayer {
  /// Replays the trace and tells when blocks were born and died.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func run(
    _ lives: BlockLives, progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> BlockLives {
    let walk = BlockWalk(lives)
    try run(walk, progress: progress)
    var lives = walk.visitor
    lives.finish()
    return lives
  }
}
