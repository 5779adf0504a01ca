import HeapModel
import TraceFormat

/// How the live blocks of one moment lie on pages, and which of them hold pages that are otherwise
/// nearly empty. By the addresses in the trace alone: a page with any block on it is taken to be
/// resident, which one that was never written to is not.
///
/// Definitions
/// - A block *occupies* what the allocator needs for it: its size, and rounding and header as the C
///   library's malloc has them, or as size classes of an eighth have them; at most up to the next
///   block.
/// - A page is *pinned* if live blocks occupy some of it, but less than half.
/// - What no block occupies of a pinned page is *wasted*; the blocks on it share that by what they
///   occupy there, so that shares add up.
/// - A page is *held between* blocks if none lies on it, and the next blocks on both sides are less
///   than `widestGapBytes` apart: an allocator may have to keep it because of the block above it.
public struct HeapFragmentation: Sendable {
  /// What the blocks of one group of stacks do to pages.
  public struct Pins: Sendable, Hashable {
    public internal(set) var blocks = 0
    public internal(set) var liveBytes: UInt64 = 0
    /// Pinned pages on which one of its blocks lies, and those on which nobody else's does.
    public internal(set) var pages = 0
    public internal(set) var pagesAlone = 0
    public internal(set) var wastedBytes = 0.0
    /// Of the pages below its blocks that are held between blocks.
    public internal(set) var heldBytes: UInt64 = 0
  }

  public static let widestGapBytes: UInt64 = 64 << 20

  public let pageBytes: UInt64
  public internal(set) var blocks = 0
  public internal(set) var liveBytes: UInt64 = 0
  /// Pages on which a block lies.
  public internal(set) var pages = 0
  /// What blocks occupy of them.
  public internal(set) var occupiedBytes: UInt64 = 0
  public internal(set) var pinnedPages = 0
  public internal(set) var wastedBytes: UInt64 = 0
  public internal(set) var heldBytes: UInt64 = 0
  /// Live blocks whose addresses are not known, and their bytes.
  public internal(set) var unplacedBlocks = 0
  public internal(set) var unplacedBytes = 0
  /// By group.
  public internal(set) var pins: [UInt32: Pins] = [:]

  init(pageBytes: UInt64) { self.pageBytes = pageBytes }
}

extension HeapTrace {
  /// How the blocks that are live at a moment lie on pages. Element n of `groups` is the group of the
  /// stack with number n.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public func fragmentation(
    at moment: UInt64, groups: [UInt32], allocator: String, options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> HeapFragmentation {
    let placed = try placedBlocks(at: moment, options, progress)
    var sweep = pageSweep(allocator: allocator)
    return sweep.run(placed) { group(of: $0, groups) }
  }

  /// The blocks that are live at a moment, with their addresses, and what is mapped then.
  func placedBlocks(
    at moment: UInt64, _ options: LoadOptions, _ progress: ((LoadProgress) -> Void)?
  ) throws(TraceError) -> PlacedBlocks {
    try TraceReplayer(
      file, timelinePoints: 2, decoderThreads: options.decoderThreads,
      sharedBlocks: options.sharedBlocks
    ).blocks(at: moment) { bytes, events in
      progress?(
        LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
    }
  }

  func pageSweep(allocator: String) -> PageSweep {
    let pageBytes = max(1, UInt64(file.header.pageBytes))
    return PageSweep(
      pageBytes: pageBytes, footprint: BlockFootprint(allocator: allocator, pageBytes: pageBytes))
  }

  /// The group of a stack by its node.
  func group(of node: UInt32, _ groups: [UInt32]) -> UInt32 {
    let stack = Int((stackOfNode[node] ?? .root).rawValue)
    return stack < groups.count ? groups[stack] : 0
  }
}
