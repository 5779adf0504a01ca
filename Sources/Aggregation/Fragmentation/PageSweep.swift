import HeapModel

/// Goes over the live blocks in the order of their addresses, page by page.
///
/// Time is that of sorting the blocks, memory linear in them. A block that covers whole pages counts
/// for these at once.
struct PageSweep {
  struct Block {
    let address: UInt64
    let sizeBytes: UInt64
    let group: UInt32
  }

  private let footprint: BlockFootprint
  private var found: HeapFragmentation
  private let pageBytes: UInt64

  private var ranges: [Range<UInt64>] = []
  private var nextRange = 0
  /// Of pages with blocks, what lies in the ranges.
  private(set) var bytesInRanges: UInt64 = 0

  // Of the page at hand.
  private var page: UInt64?
  /// What each block occupies of it.
  private var parts: [(group: UInt32, bytes: UInt64)] = []

  init(pageBytes: UInt64, footprint: BlockFootprint) {
    self.pageBytes = pageBytes
    self.footprint = footprint
    found = HeapFragmentation(pageBytes: pageBytes)
  }

  mutating func run(_ placed: PlacedBlocks, group: (UInt32) -> UInt32) -> HeapFragmentation {
    var found = run(
      placed.blocks.map { block in
        Block(address: block.address, sizeBytes: block.sizeBytes, group: group(block.node))
      })
    found.unplacedBlocks = placed.unplacedBlocks
    found.unplacedBytes = placed.unplacedBytes
    return found
  }

  /// Has the pages counted that lie in some ranges, which are in order and do not overlap.
  mutating func lookAt(_ ranges: [Range<UInt64>]) { self.ranges = ranges }

  private mutating func countInRanges(_ pages: Range<UInt64>) {
    let bytes = pages.lowerBound * pageBytes..<pages.upperBound * pageBytes
    while nextRange < ranges.count, ranges[nextRange].lowerBound < bytes.upperBound {
      let common = ranges[nextRange].clamped(to: bytes)
      bytesInRanges &+= common.upperBound - common.lowerBound
      // It may reach on to the next page with a block.
      guard ranges[nextRange].upperBound <= bytes.upperBound else { break }
      nextRange += 1
    }
  }

  mutating func run(_ blocks: [Block]) -> HeapFragmentation {
    let sorted = blocks.sorted { $0.address < $1.address }
    var covered: UInt64 = 0
    for (number, block) in sorted.enumerated() {
      found.blocks += 1
      found.liveBytes &+= block.sizeBytes
      found.pins[block.group, default: HeapFragmentation.Pins()].blocks += 1
      found.pins[block.group]?.liveBytes &+= block.sizeBytes
      let needed = footprint.range(of: block.address, sizeBytes: block.sizeBytes)
      var end = needed.upperBound
      if number + 1 < sorted.count {
        // What stands in front of the next block is that one's.
        let next = sorted[number + 1]
        end = min(end, footprint.range(of: next.address, sizeBytes: 0).lowerBound)
      }
      let start = max(needed.lowerBound, covered)
      end = max(end, start + 1)
      place(start..<end, block.group)
      covered = end
    }
    closePage()
    return found
  }

  private mutating func place(_ range: Range<UInt64>, _ group: UInt32) {
    var first = range.lowerBound / pageBytes
    let last = (range.upperBound - 1) / pageBytes
    if page != first {
      let before = page
      closePage()
      if let before { hold(from: before + 1, to: first, by: group) }
      page = first
    }
    let firstEnd = min(range.upperBound, (first + 1) * pageBytes)
    parts.append((group, firstEnd - range.lowerBound))
    guard last > first else { return }
    closePage()
    first += 1
    // Pages that the block covers.
    countInRanges(first..<max(first, last))
    found.pages += Int(clamping: last - first)
    found.occupiedBytes &+= (last - first) &* pageBytes
    page = last
    parts.append((group, range.upperBound - last * pageBytes))
  }

  /// The pages between two blocks, on which none lies.
  private mutating func hold(from first: UInt64, to end: UInt64, by group: UInt32) {
    guard end > first else { return }
    let bytes = (end - first).multipliedReportingOverflow(by: pageBytes).partialValue
    guard bytes < HeapFragmentation.widestGapBytes else { return }
    found.heldBytes &+= bytes
    found.pins[group, default: HeapFragmentation.Pins()].heldBytes &+= bytes
  }

  private mutating func closePage() {
    guard let closed = page, !parts.isEmpty else { return }
    page = nil
    countInRanges(closed..<closed + 1)
    let occupied = min(pageBytes, parts.reduce(0) { $0 + $1.bytes })
    found.pages += 1
    found.occupiedBytes &+= occupied
    if occupied < pageBytes / 2 { pin(pageBytes - occupied) }
    parts.removeAll(keepingCapacity: true)
  }

  private mutating func pin(_ wasted: UInt64) {
    found.pinnedPages += 1
    found.wastedBytes &+= wasted
    let whole = Double(parts.reduce(0) { $0 + $1.bytes })
    let isAlone = parts.allSatisfy { $0.group == parts[0].group }
    var seen: Set<UInt32> = []
    for part in parts {
      let isFirst = seen.insert(part.group).inserted
      found.pins[part.group]?.wastedBytes += Double(wasted) * Double(part.bytes) / whole
      if isFirst {
        found.pins[part.group]?.pages += 1
        if isAlone { found.pins[part.group]?.pagesAlone += 1 }
      }
    }
  }
}
