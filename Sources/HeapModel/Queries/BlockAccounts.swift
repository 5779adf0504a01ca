/// Answers a `BlockQuery`: chooses blocks, sums up their costs in rows, and finds the peaks.
///
/// A block's costs are added when its life is over, for only then is it known whether the window
/// chooses it; the running sums follow the events. A row's part of the common peak is kept lazily:
/// each new peak is an epoch, and the first change of a row after it keeps the state before.
///
/// What an event changes is in raw memory, see `ScratchBuffer`: a copy shares it, so a value is of
/// use for one walk.
package struct BlockAccounts: BlockVisitor {
  private struct Row: BitwiseCopyable {
    /// What the query's grouping names the row.
    let group: UInt64
    var running = RunningSum()
    /// The cell of the thread whose blocks it last had.
    var thread = UInt32.max
    var cell: UInt32 = 0
  }

  /// What the blocks of one row and thread cost: a life is added once, and rows, threads and the
  /// whole are the sums.
  private struct Cell: BitwiseCopyable {
    let row: UInt32
    let thread: UInt32
    var costs = Costs()
  }

  private struct Stack: BitwiseCopyable {
    let node: UInt32
    var isChosen = false
  }

  private let query: BlockQuery
  private let rows = ScratchList<Row>()
  private let cells = ScratchList<Cell>()
  /// By row and thread; those that are not the last of their row are found here.
  private var cellOfRow: [UInt64: UInt32] = [:]
  private let sizes = ScratchBuffer<BlockHistogram.Bar>()
  /// Of blocks that ended; the live ones have no lifetime yet.
  private let lifetimes = ScratchBuffer<BlockHistogram.Bar>()
  private var threads: [UInt32] = []
  package private(set) var peakTimeNanoseconds: UInt64 = 0
  /// Begins where the window does.
  var timeline: TimelineBuilder

  private var sum = RunningSum()
  private var epoch: UInt32 = 0
  private var rowOfGroup: [UInt64: UInt32] = [:]
  /// By account; `excluded` for stacks that are left out.
  private var rowOfAccount: [UInt32] = []
  /// By account: its node, and whether a block of it was ever chosen.
  private let stacks = ScratchList<Stack>()
  private static let excluded = UInt32.max
  /// The sums of groups whose own peaks are wanted, and by account the place of its group's.
  private let groupSums = ScratchList<RunningSum>()
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
    sizes.fill(BlockHistogram.classes, with: BlockHistogram.Bar())
    lifetimes.fill(BlockHistogram.classes, with: BlockHistogram.Bar())
  }

  // MARK: What is walked

  package mutating func open(thread: UInt32, number: UInt32) {
    threads.append(number)
    isThreadChosen.append(query.threads?.contains(number) ?? true)
  }

  package mutating func open(account: UInt32, node: UInt32) {
    stacks.append(Stack(node: node))
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
    let cell = cell(of: block)
    cells.pointer[cell].costs.supersede()
  }

  package mutating func survive(_ block: TrackedBlock) { account(block, nil) }

  /// Ends the query at the time of the last event; or of the run's end, if the window begins between
  /// the two and nothing but what lives already is in it. Ends the use of this visitor.
  mutating func finish(at lastEvent: UInt64, runEnd: UInt64) -> BlockQueryResult {
    // Damaged events may lie behind the last one that their batch tells of.
    let nanoseconds = max(now, lastEvent, isOpen ? 0 : runEnd)
    advance(to: nanoseconds)
    if isOpen, !isClosed { closeStretch(at: now) }
    if isOpen {
      timeline.finish(at: min(nanoseconds, query.window.upperBound) - query.window.lowerBound)
    }
    var total = Costs()
    var rowCosts = Array(repeating: Costs(), count: rows.count)
    var threadCosts = Array(repeating: Costs(), count: threads.count)
    for index in 0..<cells.count {
      let cell = cells[index]
      total.add(cell.costs)
      rowCosts[Int(cell.row)].add(cell.costs)
      threadCosts[Int(cell.thread)].add(cell.costs)
    }
    switch query.choice {
    case .allocated, .present:
      for index in 0..<rows.count {
        rows.pointer[index].running.keepCommonPeak(epoch)
        rowCosts[index].takePeaks(of: rows[index].running)
      }
      total.peakAllocations = sum.peakBlocks
      total.peakBytes = sum.peakBytes
      total.ownPeakAllocations = sum.peakBlocks
      total.ownPeakBytes = sum.peakBytes
    case .live, .retained:
      // None of them is freed within the window: the most is live at its end.
      peakTimeNanoseconds = min(nanoseconds, query.window.upperBound)
      for index in rowCosts.indices { rowCosts[index].takeLiveAsPeak() }
      total.takeLiveAsPeak()
    case .freed: break
    }
    return BlockQueryResult(
      total: total, rows: rowCosts.enumerated().map { (rows[$0].group, $1) },
      nodes: (0..<stacks.count).map { stacks[$0] }.filter(\.isChosen).map(\.node),
      ownPeaks: ownPeaks,
      threads: zip(threads, threadCosts).map { ($0, $1) }, sizes: BlockHistogram(sizes),
      lifetimes: BlockHistogram(lifetimes), peakTimeNanoseconds: peakTimeNanoseconds,
      timeline: ReplayResult.Timeline(timeline))
  }

  // MARK: Sums

  @inline(__always)
  private mutating func run(_ block: TrackedBlock, adds: Bool) {
    let place = row(of: block)
    let row = rows.pointer + Int(place)
    let bytes = block.sizeBytes
    row.pointee.running.keepCommonPeak(epoch)
    if adds {
      row.pointee.running.add(bytes)
      if isOpen { row.pointee.running.keepPeak() }
    } else {
      row.pointee.running.remove(bytes)
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

  @inline(__always)
  private func runGroup(of block: TrackedBlock, adds: Bool) {
    let sum = groupSums.pointer + Int(groupSumOfAccount[Int(block.account)])
    if adds {
      sum.pointee.add(block.sizeBytes)
      if isOpen { sum.pointee.keepPeak() }
    } else {
      sum.pointee.remove(block.sizeBytes)
    }
  }

  /// By group: the own peaks that were asked for beside the rows'.
  private var ownPeaks: [UInt32: (blocks: Int, bytes: Int)] {
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
    stacks.pointer[Int(block.account)].isChosen = true
    // Where there is none it makes one, and the cells may move.
    let cell = cell(of: block)
    cells.pointer[cell].costs.add(block, end, query, sign: sign)
    let isLive = end.map { $0.timeNanoseconds >= query.window.upperBound } ?? true
    sizes.add(UInt64(block.sizeBytes), bytes: block.sizeBytes, isLive: isLive, sign: sign)
    if let end {
      lifetimes.add(
        end.timeNanoseconds &- block.birthNanoseconds, bytes: block.sizeBytes, isLive: isLive,
        sign: sign)
    }
  }

  @inline(__always)
  private mutating func cell(of block: TrackedBlock) -> Int {
    let row = row(of: block)
    let last = rows.pointer[Int(row)]
    return last.thread == block.thread ? Int(last.cell) : otherCell(row, block.thread)
  }

  @inline(never)
  private mutating func otherCell(_ row: UInt32, _ thread: UInt32) -> Int {
    let key = UInt64(row) << 32 | UInt64(thread)
    let cell = cellOfRow[key] ?? UInt32(cells.count)
    if cell == cells.count {
      cellOfRow[key] = cell
      cells.append(Cell(row: row, thread: thread))
    }
    rows.pointer[Int(row)].thread = thread
    rows.pointer[Int(row)].cell = cell
    return Int(cell)
  }

  @inline(__always)
  private mutating func row(of block: TrackedBlock) -> UInt32 {
    switch query.grouping {
    case .stack: rowOfAccount[Int(block.account)]
    case .thread: row(of: UInt64(threads[Int(block.thread)]))
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
    for index in 0..<rows.count { rows.pointer[index].running.keepPeak() }
    for index in 0..<groupSums.count { groupSums.pointer[index].keepPeak() }
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

extension Costs {
  fileprivate mutating func takePeaks(of sum: RunningSum) {
    peakAllocations = sum.commonPeakBlocks
    peakBytes = sum.commonPeakBytes
    ownPeakAllocations = sum.peakBlocks
    ownPeakBytes = sum.peakBytes
  }
}
