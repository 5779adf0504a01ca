/// The slow, obvious answer to a query about blocks: writes every block's life down, chooses among
/// them, and adds up anew what was live after each event.
public struct NaiveBlocks {
  public struct Life: Sendable {
    public let thread: UInt32
    public let stack: UInt32
    public let size: Int
    /// Place of its allocation, and of its end, in the history; `nil` if it lived on.
    public let begin: Int
    public var end: Int?
    public var isTemporary = false
    public let origin: TestOperation.Origin
    /// Size of the block that a realloc replaced.
    public let replaced: Int
  }

  public struct Cost: Hashable, Sendable {
    public var allocations = 0
    public var bytes = 0
    public var temporaries = 0
    public var shortLived = 0
    public var moved = 0
    public var resized = 0
    public var wasted = 0
    public var copied = 0
    public var liveBlocks = 0
    public var liveBytes = 0
    public var leakedBlocks = 0
    public var leakedBytes = 0
    public var peakBlocks = 0
    public var peakBytes = 0
    public var ownPeakBlocks = 0
    public var ownPeakBytes = 0

    public init() {}
  }

  public private(set) var lives: [Life] = []
  private let count: Int

  /// - Precondition: as for `NaiveHeap`.
  public init(_ operations: [TestOperation]) {
    count = operations.count
    var undone: Set<Int> = []
    var lastRelease: [UInt32: Int] = [:]
    for (index, operation) in operations.enumerated() {
      switch operation {
      case .release: lastRelease[operation.thread] = index
      case .restore: undone.insert(lastRelease[operation.thread] ?? -1)
      default: break
      }
    }
    var live: [UInt64: Int] = [:]
    var newest: [UInt32: Int] = [:]
    var released: [UInt32: Int] = [:]
    for (index, operation) in operations.enumerated() where !undone.contains(index) {
      switch operation {
      case .allocate(let thread, let address, let size, let stack, let origin):
        newest[thread] = lives.count
        if let earlier = live[address] {
          lives[earlier].end = index
          lives[earlier].isTemporary = newest[lives[earlier].thread] == earlier
        }
        live[address] = lives.count
        lives.append(
          Life(
            thread: thread, stack: stack, size: Int(size), begin: index, origin: origin,
            replaced: origin == .fresh ? 0 : released[thread] ?? 0))
      case .release(let thread, let address):
        let block = live.removeValue(forKey: address)
        released[thread] = block.map { lives[$0].size } ?? 0
        guard let block else { continue }
        lives[block].end = index
        lives[block].isTemporary = newest[lives[block].thread] == block
      case .releaseOf, .restore, .mark, .reserved: break
      }
    }
  }

  /// The costs of the lives that are chosen, by `key`; peaks are those within the window, which is
  /// in places of the history. Without `hasRunningPeak` there are none. `isShort` tells whether a
  /// block with these places was short-lived.
  public func costs<Key: Hashable>(
    where isChosen: (Life) -> Bool, window: Range<Int>, hasRunningPeak: Bool,
    isShort: (Int, Int) -> Bool, by key: (Life) -> Key
  ) -> [Key: Cost] {
    var costs: [Key: Cost] = [:]
    let chosen = lives.filter(isChosen)
    for life in chosen {
      var cost = costs[key(life)] ?? Cost()
      cost.allocations += 1
      cost.bytes += life.size
      if life.isTemporary { cost.temporaries += 1 }
      if let end = life.end, isShort(life.begin, end) { cost.shortLived += 1 }
      if life.origin == .moved {
        cost.moved += 1
        cost.copied += min(life.size, life.replaced)
      }
      if life.origin == .inPlace { cost.resized += 1 }
      if life.origin != .fresh, life.replaced < life.size { cost.wasted += life.replaced }
      if life.end.map({ $0 >= window.upperBound }) ?? true {
        cost.liveBlocks += 1
        cost.liveBytes += life.size
      }
      if life.end == nil {
        cost.leakedBlocks += 1
        cost.leakedBytes += life.size
      }
      costs[key(life)] = cost
    }
    guard hasRunningPeak else { return costs }

    var highest = 0
    for place in window.lowerBound..<max(window.lowerBound, min(window.upperBound, count)) {
      // Before the window's first event, and after each.
      for moment in place == window.lowerBound ? [place - 1, place] : [place] {
        let live = chosen.filter { $0.begin <= moment && ($0.end.map { $0 > moment } ?? true) }
        let sums = Dictionary(grouping: live, by: key)
        let total = live.reduce(0) { $0 + $1.size }
        if total > highest {
          highest = total
          for group in costs.keys {
            costs[group]?.peakBlocks = sums[group]?.count ?? 0
            costs[group]?.peakBytes = (sums[group] ?? []).reduce(0) { $0 + $1.size }
          }
        }
        for (group, members) in sums {
          let bytes = members.reduce(0) { $0 + $1.size }
          guard bytes > costs[group]?.ownPeakBytes ?? 0 else { continue }
          costs[group]?.ownPeakBytes = bytes
          costs[group]?.ownPeakBlocks = members.count
        }
      }
    }
    return costs
  }
}
