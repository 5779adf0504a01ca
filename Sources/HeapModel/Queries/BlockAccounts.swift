/// Answers a `BlockQuery`: chooses blocks, sums up their costs in rows, and finds the peaks.
///
/// A block's costs are added when its life is over, for only then is it known whether the window
/// chooses it; the running sums follow the events. A row's part of the common peak is kept lazily:
/// each new peak is an epoch, and the first change of a row after it keeps the state before.
package struct BlockAccounts: BlockVisitor {
  package struct Row: BitwiseCopyable {
    /// What the query's grouping names the row.
    package let group: UInt64
    package var costs = Costs()
    var running = RunningSum()
  }

  private let query: BlockQuery
  package private(set) var rows: [Row] = []
  package private(set) var total = Costs()
  package private(set) var sizes = BlockHistogram()
  /// Of blocks that ended; the live ones have no lifetime yet.
  package private(set) var lifetimes = BlockHistogram()
  package private(set) var threads: [(number: UInt32, costs: Costs)] = []
  package private(set) var peakTimeNanoseconds: UInt64 = 0
  /// Begins where the window does.
  var timeline: TimelineBuilder

  private var sum = RunningSum()
  private var epoch: UInt32 = 0
  private var rowOfGroup: [UInt64: UInt32] = [:]
  /// By account; `excluded` for stacks that are left out.
  private var rowOfAccount: [UInt32] = []
  /// By account: its node, and whether a block of it was ever chosen.
  private var stacks: [(node: UInt32, isChosen: Bool)] = []
  private static let excluded = UInt32.max
  /// The sums of groups whose own peaks are wanted, and by account the place of its group's.
  private var groupSums: [RunningSum] = []
  private var groupSumOfAccount: [UInt32] = []
  private var placeOfGroup: [UInt32: UInt32] = [:]
  private var isThreadChosen: [Bool] = []
  private var now: UInt64 = 0
  private var isOpen: Bool
  private var isClosed = false
  private var stretch = HeapInterval()

  init(_ query: BlockQuery, timelinePoints: Int) {
    self.query = query
    timeline = TimelineBuilder(limit: timelinePoints)
    isOpen = query.window.lowerBound == 0
    isClosed = query.window.isEmpty
  }

  // MARK: What is walked

  package mutating func open(thread: UInt32, number: UInt32) {
    threads.append((number, Costs()))
    isThreadChosen.append(query.threads?.contains(number) ?? true)
  }

  package mutating func open(account: UInt32, node: UInt32) {
    stacks.append((node, false))
    if let groupOfNode = query.ownPeakGroupOfNode {
      let place = placeOfGroup[groupOfNode(node)] ?? UInt32(groupSums.count)
      if place == groupSums.count {
        placeOfGroup[groupOfNode(node)] = place
        groupSums.append(RunningSum())
      }
      groupSumOfAccount.append(place)
    }
    guard let group = query.groupOfNode(node) else {
      rowOfAccount.append(Self.excluded)
      return
    }
    rowOfAccount.append(query.grouping == .stack ? row(of: UInt64(group)) : 0)
  }

  package func tracks(thread: UInt32) -> Bool { isThreadChosen[Int(thread)] }

  package func tracks(account: UInt32, sizeBytes: Int) -> Bool {
    rowOfAccount[Int(account)] != Self.excluded && query.sizes?.contains(sizeBytes) ?? true
  }

  // MARK: Events

  package mutating func count(allocations: Int) {}

  package mutating func advance(to nanoseconds: UInt64) {
    guard nanoseconds > now else { return }
    if isOpen, !isClosed { closeStretch(at: now) }
    now = nanoseconds
    if !isOpen, nanoseconds >= query.window.lowerBound { openWindow() }
    if nanoseconds >= query.window.upperBound { isClosed = true }
  }

  @inline(__always)
  package mutating func begin(_ block: TrackedBlock) {
    if !isClosed, query.runs(birth: block.birthNanoseconds) { run(block, adds: true) }
    stretch.allocations += 1
    stretch.allocatedBytes &+= block.sizeBytes
  }

  @inline(__always)
  package mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {
    if !isClosed, query.runs(birth: block.birthNanoseconds) { run(block, adds: false) }
    account(block, end)
  }

  package mutating func pass(_ block: TrackedBlock) {
    stretch.allocations += 1
    stretch.allocatedBytes &+= block.sizeBytes
    account(block, BlockEnd(timeNanoseconds: now, isTemporary: true, isReleased: true))
  }

  package mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {
    account(block, end, sign: -1)
    if !isClosed, query.runs(birth: block.birthNanoseconds) { run(block, adds: true) }
  }

  package mutating func supersede(_ block: TrackedBlock, _ end: BlockEnd) {
    guard query.chooses(birth: block.birthNanoseconds, end),
      end.timeNanoseconds < query.window.upperBound
    else { return }
    let row = Int(row(of: block))
    rows[row].costs.supersede()
    total.supersede()
    threads[Int(block.thread)].costs.supersede()
  }

  package mutating func survive(_ block: TrackedBlock) { account(block, nil) }

  /// Ends the query at the time of the last event; or of the run's end, if the window begins between
  /// the two and nothing but what lives already is in it.
  mutating func finish(at lastEvent: UInt64, runEnd: UInt64) {
    // Damaged events may lie behind the last one that their batch tells of.
    let nanoseconds = max(now, lastEvent, isOpen ? 0 : runEnd)
    advance(to: nanoseconds)
    if isOpen, !isClosed { closeStretch(at: now) }
    if isOpen {
      timeline.finish(at: min(nanoseconds, query.window.upperBound) - query.window.lowerBound)
    }
    switch query.choice {
    case .allocated, .present:
      for index in rows.indices { rows[index].finish(epoch) }
      total.peakAllocations = sum.peakBlocks
      total.peakBytes = sum.peakBytes
      total.ownPeakAllocations = sum.peakBlocks
      total.ownPeakBytes = sum.peakBytes
    case .live, .retained:
      // None of them is freed within the window: the most is live at its end.
      peakTimeNanoseconds = min(nanoseconds, query.window.upperBound)
      for index in rows.indices { rows[index].costs.takeLiveAsPeak() }
      total.takeLiveAsPeak()
    case .freed: break
    }
  }

  /// The nodes of which blocks were chosen, in the order of their first allocation.
  var chosenNodes: [UInt32] { stacks.lazy.filter(\.isChosen).map(\.node) }

  // MARK: Sums

  @inline(__always)
  private mutating func run(_ block: TrackedBlock, adds: Bool) {
    let row = Int(row(of: block))
    let bytes = block.sizeBytes
    let isOpen = isOpen
    let epoch = epoch
    rows.withUnsafeMutableBufferPointer { rows in
      rows[row].running.keepCommonPeak(epoch)
      if adds {
        rows[row].running.add(bytes)
        if isOpen { rows[row].running.keepPeak() }
      } else {
        rows[row].running.remove(bytes)
      }
    }
    if !groupSumOfAccount.isEmpty { runGroup(of: block, adds: adds) }
    if adds { sum.add(bytes) } else { sum.remove(bytes) }
    guard isOpen else { return }
    stretch.minimumBytes = min(stretch.minimumBytes, sum.bytes)
    if adds {
      stretch.maximumBytes = max(stretch.maximumBytes, sum.bytes)
      if sum.keepPeak() {
        self.epoch &+= 1
        peakTimeNanoseconds = now
      }
    }
  }

  private mutating func runGroup(of block: TrackedBlock, adds: Bool) {
    let place = Int(groupSumOfAccount[Int(block.account)])
    if adds {
      groupSums[place].add(block.sizeBytes)
      if isOpen { groupSums[place].keepPeak() }
    } else {
      groupSums[place].remove(block.sizeBytes)
    }
  }

  /// By group: the own peaks that were asked for beside the rows'.
  var ownPeaks: [UInt32: (blocks: Int, bytes: Int)] {
    switch query.choice {
    case .allocated, .present:
      placeOfGroup.mapValues { place in
        (groupSums[Int(place)].peakBlocks, groupSums[Int(place)].peakBytes)
      }
    case .live, .retained, .freed: [:]
    }
  }

  @inline(__always)
  private mutating func account(_ block: TrackedBlock, _ end: BlockEnd?, sign: Int = 1) {
    guard query.chooses(birth: block.birthNanoseconds, end) else { return }
    let row = Int(row(of: block))
    stacks[Int(block.account)].isChosen = true
    rows[row].costs.add(block, end, query, sign: sign)
    total.add(block, end, query, sign: sign)
    threads[Int(block.thread)].costs.add(block, end, query, sign: sign)
    let isLive = end.map { $0.timeNanoseconds >= query.window.upperBound } ?? true
    sizes.add(UInt64(block.sizeBytes), bytes: block.sizeBytes, isLive: isLive, sign: sign)
    if let end {
      lifetimes.add(
        end.timeNanoseconds &- block.birthNanoseconds, bytes: block.sizeBytes, isLive: isLive,
        sign: sign)
    }
  }

  @inline(__always)
  private mutating func row(of block: TrackedBlock) -> UInt32 {
    switch query.grouping {
    case .stack: rowOfAccount[Int(block.account)]
    case .thread: row(of: UInt64(threads[Int(block.thread)].number))
    case .size: row(of: UInt64(block.sizeBytes))
    }
  }

  private mutating func row(of group: UInt64) -> UInt32 {
    if let row = rowOfGroup[group] { return row }
    let row = UInt32(rows.count)
    rowOfGroup[group] = row
    rows.append(Row(group: group))
    return row
  }

  // MARK: The window

  /// What is live already is where the window's peaks begin.
  private mutating func openWindow() {
    isOpen = true
    epoch &+= 1
    peakTimeNanoseconds = query.window.lowerBound
    for index in rows.indices { rows[index].running.keepPeak() }
    for index in groupSums.indices { groupSums[index].keepPeak() }
    sum.keepPeak()
    timeline.first = (sum.bytes, sum.blocks)
    beginStretch()
    closeStretch(at: query.window.lowerBound)
  }

  private mutating func closeStretch(at nanoseconds: UInt64) {
    stretch.liveBytes = sum.bytes
    stretch.liveBlocks = sum.blocks
    timeline.add(at: nanoseconds - query.window.lowerBound, stretch)
    beginStretch()
  }

  private mutating func beginStretch() {
    stretch = HeapInterval()
    stretch.minimumBytes = sum.bytes
    stretch.maximumBytes = sum.bytes
  }
}

extension BlockAccounts.Row {
  fileprivate mutating func finish(_ epoch: UInt32) {
    running.keepCommonPeak(epoch)
    costs.peakAllocations = running.commonPeakBlocks
    costs.peakBytes = running.commonPeakBytes
    costs.ownPeakAllocations = running.peakBlocks
    costs.ownPeakBytes = running.peakBytes
  }
}
