import Aggregation

/// Says that blocks stand for smaller ones: GLib before 2.76 cuts slices from chunks that it takes from
/// malloc. A chunk names who needed one more, and lives as long as any of its slices.
enum SliceNotice {
  /// Less of the peak than this share is not worth a notice.
  private static let leastShare = 0.1
  private static let leastBytes = 1 << 20

  static func notices(_ trace: AnalyzedTrace) -> [Notice] {
    let profile = trace.profile
    guard !profile.process.environment.contains(where: { $0.hasPrefix("G_SLICE=") }) else {
      return []
    }
    let isChunk = chunkStacks(trace.stacks)
    var chunks = StackCost(stack: .root)
    for cost in profile.costs {
      let node = Int(trace.stacks.wholeGroups[Int(cost.stack.rawValue)])
      if node < isChunk.count, isChunk[node] { chunks.add(cost) }
    }
    let bytes = max(chunks.peakBytes, chunks.leakedBytes)
    let whole = max(profile.totals.peakBytes, 1)
    guard bytes >= leastBytes, Double(bytes) >= leastShare * Double(whole) else { return [] }
    return [
      Notice(
        severity: .note, kind: .slices,
        message: """
          \(Quantity.bytes(bytes)) are chunks from which GLib cuts slices (g_slice_alloc): each names \
          the caller that needed one more, and lives as long as any slice of it. G_SLICE=always-malloc \
          shows each slice.
          """)
    ]
  }

  /// By whole stack: whether it leads from GLib's slices on to malloc, and not by g_malloc, which
  /// serves them one by one.
  private static func chunkStacks(_ stacks: PresentedStacks) -> [Bool] {
    let names = stacks.functions.map(\.function.name)
    let isSlices = names.map { $0.hasPrefix("g_slice_") }
    let isSingle = names.map { $0.hasPrefix("g_malloc") || $0.hasPrefix("g_try_malloc") }
    guard isSlices.contains(true) else { return [] }
    var isInside = [Bool](repeating: false, count: stacks.wholeNodes.count)
    var isChunk = isInside
    for (index, node) in stacks.wholeNodes.enumerated().dropFirst() {
      let function = Int(node.function)
      isInside[index] = isSlices[function] || isInside[Int(node.parent)]
      isChunk[index] = isInside[index] && !isSlices[function] && !isSingle[function]
    }
    return isChunk
  }
}
