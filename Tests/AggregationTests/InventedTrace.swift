import Aggregation
import TraceFormat
import TraceInput
import TraceTestSupport

/// Shortens what most tests do: write a trace, read it, compare.
enum InventedTrace {
  /// Stacks 1...n, each a leaf of its own called by the root.
  static func builder(stacks: UInt32, major: Int = 2, minor: Int = 0) -> TraceBuilder {
    var builder = TraceBuilder(major: major, minor: minor)
    builder.appendStacks(
      (1...max(1, stacks)).map { (id: $0, parent: 0, programCounter: address(ofStack: $0)) })
    return builder
  }

  static func address(ofStack stack: UInt32) -> UInt64 { 0x40_0000 + UInt64(stack) * 16 }

  /// Two threads go on with the live blocks soon.
  static var sharing: LoadOptions {
    var options = LoadOptions()
    options.sharedBlocks = 20
    return options
  }

  static func profile(_ bytes: [UInt8], timelinePoints: Int = 100) throws -> HeapProfile {
    var options = sharing
    options.timelinePoints = timelinePoints
    return try HeapProfile.load(try TraceFile(source: MemorySource(bytes)), options: options)
  }

  /// The profile's costs by the invented stack numbers.
  static func costs(_ profile: HeapProfile) -> [UInt32: NaiveHeap.Cost] {
    var costs: [UInt32: NaiveHeap.Cost] = [:]
    for cost in profile.costs {
      let address = profile.stacks.programCounter(of: cost.stack).address
      // A wrong address is to fail a comparison, not to end the tests.
      let stack = UInt32(truncatingIfNeeded: (address &- 0x40_0000) / 16)
      costs[stack] = NaiveHeap.Cost(
        allocations: cost.allocations, bytes: cost.allocatedBytes,
        temporaries: cost.temporaryAllocations, liveBlocks: cost.leakedAllocations,
        liveBytes: cost.leakedBytes, peakBlocks: cost.peakAllocations,
        peakBytes: cost.peakBytes)
    }
    return costs
  }
}
