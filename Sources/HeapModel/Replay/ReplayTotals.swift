/// The sums over all events replayed so far. `HeapProfile` in Aggregation defines the terms.
package struct ReplayTotals: Sendable {
  package internal(set) var events = 0
  var allocations = 0
  package internal(set) var reallocations = 0
  var allocatedBytes = 0
  var frees = 0
  package internal(set) var unknownFrees = 0
  var temporaries = 0
  var supersededBlocks = 0
  package internal(set) var liveBytes = 0
  package internal(set) var liveBlocks = 0
  var peakBytes = 0
  var peakBlocks = 0
  package internal(set) var peakTimeNanoseconds: UInt64 = 0
}

extension ReplayTotals {
  /// The sums as an account; what leaked is that of the stacks.
  package var costs: Costs {
    var costs = Costs()
    costs.allocations = allocations
    costs.allocatedBytes = allocatedBytes
    costs.frees = frees
    costs.temporaryAllocations = temporaries
    costs.peakAllocations = peakBlocks
    costs.peakBytes = peakBytes
    costs.supersededBlocks = supersededBlocks
    return costs
  }

  /// The same with what is live now, as if the run ended here.
  package var costsAtThisMoment: Costs {
    var costs = costs
    costs.leakedAllocations = liveBlocks
    costs.leakedBytes = liveBytes
    costs.liveAllocations = liveBlocks
    costs.liveBytes = liveBytes
    return costs
  }
}
