import Aggregation

/// Blocks that a runtime keeps for each of its threads, to hand them out again. Their number rises until
/// every thread has its fill, which may take as long as a program runs: no time series tells that from a
/// leak, only whose they are and that they are no more than fit.
struct ThreadCache {
  /// What allocates when the cache is empty.
  let function: String
  let mostBlocksPerThread: Int

  static let known = [
    // libdispatch keeps what a queue's work was wrapped in.
    ThreadCache(
      function: "_dispatch_continuation_alloc_from_heap", mostBlocksPerThread: 1_024)
  ]

  /// By recorded stack, the cache that its blocks come into; nil for most.
  static func caches(of stacks: PresentedStacks) -> [ThreadCache?] {
    let names = stacks.functions.map(\.function.name)
    let ofFunction = names.map { name in known.first { $0.function == name } }
    guard ofFunction.contains(where: { $0 != nil }) else {
      return Array(repeating: nil, count: stacks.wholeGroups.count)
    }
    var ofNode = [ThreadCache?](repeating: nil, count: stacks.wholeNodes.count)
    for (index, node) in stacks.wholeNodes.enumerated().dropFirst() {
      ofNode[index] = ofFunction[Int(node.function)] ?? ofNode[Int(node.parent)]
    }
    return stacks.wholeGroups.map { ofNode[Int($0)] }
  }
}
