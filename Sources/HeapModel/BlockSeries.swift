import TraceFormat

/// Live bytes and blocks of groups of stacks over time: their extremes in windows of equal width.
///
/// A group's windows are written when its next event comes, so a group costs time only for its
/// events; memory is groups times windows. A group that holds nothing has no windows of its own
/// before its first block.
package struct BlockSeries: BlockVisitor {
  /// One group.
  package struct Group {
    /// By window; windows before the first block are 0.
    package fileprivate(set) var minimumBytes: [Int]
    package fileprivate(set) var maximumBytes: [Int]
    package fileprivate(set) var minimumBlocks: [Int]
    package fileprivate(set) var allocations = 0
    package fileprivate(set) var allocatedBytes = 0
    package fileprivate(set) var survivors = 0
    package fileprivate(set) var survivingBytes = 0
    /// Sum over the survivors of how long they had lived at the end.
    package fileprivate(set) var survivorAgeSeconds = 0.0
    package fileprivate(set) var oldestBirthNanoseconds = UInt64.max
    /// The last window in which it allocated.
    package fileprivate(set) var lastBirthWindow = 0
    fileprivate var liveBytes = 0
    fileprivate var liveBlocks = 0
    /// The window that its extremes are being kept of; those before it are final.
    fileprivate var window = 0

    fileprivate init(windows: Int) {
      minimumBytes = Array(repeating: 0, count: windows)
      maximumBytes = minimumBytes
      minimumBlocks = minimumBytes
    }

    /// Brings the windows up to one, in which nothing has changed yet.
    fileprivate mutating func advance(to target: Int) {
      while window < target {
        window += 1
        minimumBytes[window] = liveBytes
        maximumBytes[window] = liveBytes
        minimumBlocks[window] = liveBlocks
      }
    }

    @inline(__always)
    fileprivate mutating func change(bytes: Int, blocks: Int, in target: Int) {
      if window < target { advance(to: target) }
      liveBytes &+= bytes
      liveBlocks += blocks
      if blocks > 0 {
        maximumBytes[window] = max(maximumBytes[window], liveBytes)
      } else {
        minimumBytes[window] = min(minimumBytes[window], liveBytes)
        minimumBlocks[window] = min(minimumBlocks[window], liveBlocks)
      }
    }
  }

  private let windows: Int
  private let windowNanoseconds: UInt64
  private let endNanoseconds: UInt64
  private let groupOfNode: (UInt32) -> UInt32?
  package private(set) var groups: [Group]
  /// By account; negative for stacks that are in no group.
  private var groupOfAccount: [Int32] = []
  private var window = 0

  /// Prepares the groups; the windows, at least one, together last until `endNanoseconds`. A
  /// stack's group is less than `groups`; `nil` leaves its blocks out.
  package init(
    groups: Int, windows: Int, endNanoseconds: UInt64,
    groupOfNode: @escaping (UInt32) -> UInt32?
  ) {
    self.windows = max(1, windows)
    self.endNanoseconds = endNanoseconds
    windowNanoseconds = endNanoseconds / UInt64(self.windows) + 1
    self.groupOfNode = groupOfNode
    self.groups = Array(repeating: Group(windows: self.windows), count: groups)
  }

  package mutating func open(thread: UInt32, number: UInt32) {}

  package mutating func open(account: UInt32, node: UInt32) {
    groupOfAccount.append(groupOfNode(node).map { Int32($0) } ?? -1)
  }

  package func tracks(thread: UInt32) -> Bool { true }

  package func tracks(account: UInt32, sizeBytes: Int) -> Bool {
    groupOfAccount[Int(account)] >= 0
  }

  package mutating func advance(to nanoseconds: UInt64) {
    window = max(window, min(windows - 1, Int(nanoseconds / windowNanoseconds)))
  }

  package mutating func begin(_ block: TrackedBlock) {
    let group = Int(groupOfAccount[Int(block.account)])
    groups[group].allocations += 1
    groups[group].allocatedBytes &+= block.sizeBytes
    groups[group].lastBirthWindow = window
    groups[group].change(bytes: block.sizeBytes, blocks: 1, in: window)
  }

  package mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {
    groups[Int(groupOfAccount[Int(block.account)])]
      .change(bytes: -block.sizeBytes, blocks: -1, in: window)
  }

  package mutating func pass(_ block: TrackedBlock) {
    let group = Int(groupOfAccount[Int(block.account)])
    groups[group].allocations += 1
    groups[group].allocatedBytes &+= block.sizeBytes
  }

  package mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {
    groups[Int(groupOfAccount[Int(block.account)])]
      .change(bytes: block.sizeBytes, blocks: 1, in: window)
  }

  package mutating func survive(_ block: TrackedBlock) {
    let group = Int(groupOfAccount[Int(block.account)])
    let age = endNanoseconds - min(endNanoseconds, block.birthNanoseconds)
    groups[group].survivors += 1
    groups[group].survivingBytes &+= block.sizeBytes
    groups[group].survivorAgeSeconds += Double(age) / 1e9
    groups[group].oldestBirthNanoseconds = min(
      groups[group].oldestBirthNanoseconds, block.birthNanoseconds)
  }

  /// Brings all groups to the last window. Ends the use of this visitor.
  mutating func finish() {
    for group in groups.indices { groups[group].advance(to: windows - 1) }
  }
}

extension TraceReplayer {
  /// Replays the trace and follows groups of stacks over time.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func run(
    _ series: BlockSeries, progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> [BlockSeries.Group] {
    let walk = BlockWalk(series)
    try run(walk, progress: progress)
    var series = walk.visitor
    series.finish()
    return series.groups
  }
}
