import Aggregation

/// The costs that the command line offers.
extension CostKind {
  /// In the order of help.
  public static let standard = [
    bytes, allocations, peak, ownPeak, live, leaked, temporary, shortLived, reallocated, moved,
    copied, wasted,
  ]

  public static let bytes = CostKind(
    "bytes", "all bytes ever allocated",
    title: "Most bytes allocated", subject: "bytes allocated", nothing: "nothing was allocated",
    isBytes: true,
    value: { $0.allocatedBytes }, blocks: { $0.allocations })

  public static let allocations = CostKind(
    "allocations", "number of allocations",
    title: "Most allocations", subject: "allocations", nothing: "nothing was allocated",
    isBytes: false,
    value: { $0.allocations }, blocks: { $0.allocations })

  public static let peak = CostKind(
    "peak", "bytes that were live when the whole heap was largest",
    title: "Most memory at the peak", subject: "memory at the peak",
    nothing: "nothing was ever live",
    isBytes: true, isOfPeak: true,
    value: { $0.peakBytes }, blocks: { $0.peakAllocations })

  public static let ownPeak = CostKind(
    "own-peak", "bytes that were live when the stack itself was largest",
    title: "Highest own peaks", subject: "memory at the peak", nothing: "nothing was ever live",
    isBytes: true, needsQuery: true, isAdditive: false, isOfPeak: true,
    value: { $0.ownPeakBytes }, blocks: { $0.ownPeakAllocations })

  public static let live = CostKind(
    "live", "bytes that were live at the window's end",
    title: "Most memory live", subject: "memory live", nothing: "nothing is live",
    isBytes: true,
    value: { $0.liveBytes }, blocks: { $0.liveAllocations })

  public static let leaked = CostKind(
    "leaked", "bytes that were still live at the end",
    title: "Largest leaks", subject: "memory leaked", nothing: "nothing: every block was freed",
    isBytes: true,
    value: { $0.leakedBytes }, blocks: { $0.leakedAllocations })

  public static let temporary = CostKind(
    "temporary",
    "allocations freed before their thread allocated again; an estimate for blocks that other "
      + "threads free",
    title: "Most temporary allocations", subject: "temporary allocations",
    isBytes: false,
    value: { $0.temporaryAllocations }, blocks: { $0.temporaryAllocations })

  public static let shortLived = CostKind(
    "short-lived", "allocations freed in less than --short-lived",
    title: "Most short-lived allocations", subject: "short-lived allocations",
    isBytes: false, needsQuery: true,
    value: { $0.shortLivedAllocations }, blocks: { $0.shortLivedAllocations })

  public static let reallocated = CostKind(
    "reallocated", "blocks made by a realloc, moved or in place",
    title: "Most reallocations", subject: "reallocations",
    isBytes: false, needsQuery: true,
    value: { $0.remadeAllocations }, blocks: { $0.remadeAllocations })

  public static let moved = CostKind(
    "moved", "blocks made by a realloc at another address",
    title: "Most reallocations that moved", subject: "reallocations that moved",
    isBytes: false, needsQuery: true,
    value: { $0.movedAllocations }, blocks: { $0.movedAllocations })

  // Blocks that grew in place, or from nothing that is known, cost none of it.
  public static let copied = CostKind(
    "copied", "bytes that reallocs which moved had to copy",
    title: "Most bytes copied by reallocations", subject: "bytes copied by reallocations",
    isBytes: true, needsQuery: true,
    value: { $0.copiedBytes }, blocks: { $0.copiedBytes > 0 ? $0.movedAllocations : 0 })

  public static let wasted = CostKind(
    "wasted", "bytes of blocks that a realloc replaced with a larger one",
    title: "Most bytes wasted by growth", subject: "bytes wasted by growth",
    isBytes: true, needsQuery: true,
    value: { $0.wastedBytes }, blocks: { $0.wastedBytes > 0 ? $0.remadeAllocations : 0 })
}

extension StackCost {
  /// Blocks made by a realloc.
  fileprivate var remadeAllocations: Int { costs.movedAllocations + costs.resizedAllocations }
}
