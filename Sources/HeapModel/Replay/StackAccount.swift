/// The running costs of one stack during replay.
struct StackAccount: BitwiseCopyable {
  /// The stack's node, as the trace numbers it.
  var node: UInt32
  /// The peak that `peakBlocks` and `peakBytes` belong to, if no change has come since; else they
  /// hold the state at that peak. See `StackAccounts`.
  var epoch: UInt32 = 0
  var allocations = 0
  var allocatedBytes = 0
  var temporaries = 0
  var liveBlocks = 0
  var liveBytes = 0
  var peakBlocks = 0
  var peakBytes = 0
  /// Of all its allocations.
  var sizes = SizeExtent()

  init(node: UInt32) { self.node = node }
}

extension StackAccount {
  /// What is known of the stack, but for its leaks. The account itself is a part of that: it stays
  /// within a few words, for every event changes one.
  var costs: Costs {
    var costs = Costs()
    costs.allocations = allocations
    costs.allocatedBytes = allocatedBytes
    costs.temporaryAllocations = temporaries
    costs.peakAllocations = peakBlocks
    costs.peakBytes = peakBytes
    costs.sizes = sizes
    return costs
  }

  /// The same with what is live now, as if the run ended here; sizes of live blocks are not known.
  var costsAtThisMoment: Costs {
    var costs = costs
    costs.leakedAllocations = liveBlocks
    costs.leakedBytes = liveBytes
    costs.liveAllocations = liveBlocks
    costs.liveBytes = liveBytes
    return costs
  }
}
