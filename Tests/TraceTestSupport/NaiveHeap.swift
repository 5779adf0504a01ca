/// The slow, obvious model of a heap that the engine must agree with: it takes one operation after
/// the other, and at each new peak copies everything.
public struct NaiveHeap {
  public struct Cost: Hashable, Sendable {
    public var allocations = 0
    public var bytes = 0
    public var temporaries = 0
    public var liveBlocks = 0
    public var liveBytes = 0
    public var peakBlocks = 0
    public var peakBytes = 0

    public init(
      allocations: Int = 0, bytes: Int = 0, temporaries: Int = 0, liveBlocks: Int = 0,
      liveBytes: Int = 0, peakBlocks: Int = 0, peakBytes: Int = 0
    ) {
      self.allocations = allocations
      self.bytes = bytes
      self.temporaries = temporaries
      self.liveBlocks = liveBlocks
      self.liveBytes = liveBytes
      self.peakBlocks = peakBlocks
      self.peakBytes = peakBytes
    }
  }

  private struct Block {
    let thread: UInt32
    let stack: UInt32
    let size: Int
    let ordinal: Int
  }

  public private(set) var costs: [UInt32: Cost] = [:]
  public private(set) var allocations = 0
  public private(set) var reallocations = 0
  public private(set) var frees = 0
  public private(set) var unknownFrees = 0
  public private(set) var allocatedBytes = 0
  public private(set) var temporaries = 0
  public private(set) var peakBytes = 0
  public private(set) var peakBlocks = 0
  public private(set) var threads: [UInt32: Cost] = [:]
  public private(set) var threadFrees: [UInt32: Int] = [:]
  public var liveBytes: Int { live.values.reduce(0) { $0 + $1.size } }
  public var liveBlocks: Int { live.count }

  private var live: [UInt64: Block] = [:]
  private var newest: [UInt32: Int] = [:]

  public init() {}

  /// - Precondition: every release is of a live or an unknown block; each restore follows its
  ///   release directly in its thread.
  public init(_ operations: [TestOperation]) {
    // A release that a later restore takes back never was: the obvious model just skips both.
    var undone: Set<Int> = []
    var lastRelease: [UInt32: Int] = [:]
    for (index, operation) in operations.enumerated() {
      switch operation {
      case .release: lastRelease[operation.thread] = index
      case .restore: undone.insert(lastRelease[operation.thread] ?? -1)
      default: break
      }
    }
    for (index, operation) in operations.enumerated() where !undone.contains(index) {
      apply(operation)
    }
    for block in live.values {
      costs[block.stack, default: Cost()].liveBlocks += 1
      costs[block.stack]?.liveBytes += block.size
      threads[block.thread]?.liveBlocks += 1
      threads[block.thread]?.liveBytes += block.size
    }
  }

  private mutating func apply(_ operation: TestOperation) {
    switch operation {
    case .allocate(let thread, let address, let size, let stack, let origin):
      allocations += 1
      reallocations += origin == .fresh ? 0 : 1
      allocatedBytes += Int(size)
      newest[thread] = allocations
      // Whatever was there is over.
      if let earlier = live.removeValue(forKey: address) { countTemporary(earlier) }
      live[address] = Block(thread: thread, stack: stack, size: Int(size), ordinal: allocations)
      costs[stack, default: Cost()].allocations += 1
      costs[stack]?.bytes += Int(size)
      threads[thread, default: Cost()].allocations += 1
      threads[thread]?.bytes += Int(size)
      keepPeak()
    case .release(let thread, let address):
      frees += 1
      threadFrees[thread, default: 0] += 1
      guard let block = live.removeValue(forKey: address) else {
        unknownFrees += 1
        return
      }
      countTemporary(block)
    case .releaseOf, .restore, .mark, .reserved: break
    }
  }

  private mutating func countTemporary(_ block: Block) {
    guard newest[block.thread] == block.ordinal else { return }
    temporaries += 1
    costs[block.stack]?.temporaries += 1
    threads[block.thread]?.temporaries += 1
  }

  private mutating func keepPeak() {
    let bytes = liveBytes
    guard bytes > peakBytes else { return }
    peakBytes = bytes
    peakBlocks = live.count
    for stack in costs.keys {
      costs[stack]?.peakBlocks = 0
      costs[stack]?.peakBytes = 0
    }
    for block in live.values {
      costs[block.stack]?.peakBlocks += 1
      costs[block.stack]?.peakBytes += block.size
    }
  }
}
