/// The answer to a `BlockQuery`.
package struct BlockQueryResult: Sendable {
  /// The peaks of `total` are those of all chosen blocks together.
  package let total: Costs
  /// By the query's grouping, in the order of their first appearance.
  package let rows: [(group: UInt64, costs: Costs)]
  /// The nodes that the chosen blocks were allocated on.
  package let nodes: [UInt32]
  /// By the query's groups of own peaks; empty where blocks are chosen by their end.
  package let ownPeaks: [UInt32: (blocks: Int, bytes: Int)]
  /// By the thread that allocated, in the order of their first events; without peaks.
  package let threads: [(number: UInt32, costs: Costs)]
  package let sizes: BlockHistogram
  /// Of freed blocks, in nanoseconds.
  package let lifetimes: BlockHistogram
  package let peakTimeNanoseconds: UInt64
  /// Of the chosen blocks within the window; empty where blocks are chosen by their end.
  package let timeline: ReplayResult.Timeline
}
