/// The sums over all events replayed so far. `HeapProfile` in Aggregation defines the terms.
struct ReplayTotals {
  var events = 0
  var allocations = 0
  var reallocations = 0
  var allocatedBytes = 0
  var frees = 0
  var unknownFrees = 0
  var temporaries = 0
  var supersededBlocks = 0
  var liveBytes = 0
  var liveBlocks = 0
  var peakBytes = 0
  var peakBlocks = 0
  var peakTimeNanoseconds: UInt64 = 0
}
