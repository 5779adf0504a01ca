import TraceFormat

/// One thread's part of the totals, and what replay must remember of it between batches.
struct ThreadAccount {
  let id: ThreadID
  var allocations = 0
  var allocatedBytes = 0
  var frees = 0
  var temporaries = 0
  /// Of its next allocation, low 32 bits.
  var nextSequence: UInt32 = 0
  /// The batch that `lane` belongs to.
  var laneBatch = -1
  var lane = 0
  /// What its last release ended: a failed realloc may take it back in a later batch.
  var lastRelease: ReleasedBlock?
}

extension ThreadAccount {
  /// What is known of the thread, but for its leaks.
  var costs: Costs {
    var costs = Costs()
    costs.allocations = allocations
    costs.allocatedBytes = allocatedBytes
    costs.frees = frees
    costs.temporaryAllocations = temporaries
    return costs
  }
}
