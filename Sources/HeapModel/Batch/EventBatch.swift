import TraceFormat

/// One batch of events, decoded: what replay and the event listing run over.
///
/// Events are numbered in merged order (*position*). Allocations are numbered lane by lane
/// (*allocation index*), so that a lane's are neighbours. Filled by `EventBatchDecoder` or
/// `RawBatchBuilder`; belongs to one thread at a time; its memory is used again for the next batch.
final class EventBatch {
  /// One thread's part of the batch.
  struct Lane {
    var thread: UInt32
    /// Of the lane's first allocation in its thread, low 32 bits.
    var firstSequence: UInt32
    /// Whether it is of a space that this version does not know: nothing of it counts.
    var isPassedOver = false
    /// Index of the lane's first allocation.
    var firstAllocation: Int
    var allocations: Int
    var reallocations = 0
    var allocatedBytes = 0
    /// Releases that were not undone, of whatever blocks.
    var frees = 0
    /// Of its allocations: those known within the batch to be temporary.
    var temporaries = 0
    /// Position of its last release that no failed realloc took back; -1 if none.
    var lastRelease = -1
  }

  /// A block that no release of the batch ends.
  struct Survivor {
    /// Shifted, as in the trace.
    let address: UInt64
    let allocation: UInt32
    let lane: UInt32
  }

  /// A release by address.
  struct AddressRelease {
    let address: UInt64
    let position: UInt32
    let lane: UInt32
  }

  /// The allocation that a release names. The recorder kept some bits of the sequence, and some that
  /// tell one thread from those that had its slot before: a name that is wrong may look right.
  struct AllocationName {
    let thread: UInt32
    let sequence: UInt32
  }

  /// A failed realloc whose release stands in an earlier batch.
  struct Restore {
    let position: Int
    let lane: Int
    let address: UInt64
  }

  /// A special record with its place.
  struct Special {
    let position: Int
    let lane: Int
    let record: TraceRecord
  }

  var number: UInt64 = 0
  var firstTimeNanoseconds: UInt64 = 0
  var lastTimeNanoseconds: UInt64 = 0
  var lanes: [Lane] = []

  // By position.
  var eventCount = 0
  /// `HeapOperationKind` and its flags.
  let kinds = ScratchBuffer<UInt8>()
  /// Of an allocation or its release in the batch: the allocation index. Of other releases: the
  /// index in `addressReleases`. Of a special: the index in `specials`.
  let references = ScratchBuffer<UInt32>()
  /// Change of the sum of live bytes, as far as the batch alone tells.
  let deltas = ScratchBuffer<Int64>()

  // By allocation index.
  var allocationCount = 0
  let allocationSites = ScratchBuffer<UInt32>()
  let allocationPositions = ScratchBuffer<UInt32>()
  /// Not 0 once a release of the batch names the allocation.
  let released = ScratchBuffer<UInt8>()

  // By site number.
  var siteCount = 0
  /// Node numbers, as the trace gives them.
  let siteStacks = ScratchBuffer<UInt32>()
  let siteSizes = ScratchBuffer<Int64>()
  let siteAllocations = ScratchBuffer<UInt32>()
  /// Allocations that the batch also ends.
  let siteReleases = ScratchBuffer<UInt32>()
  let siteTemporaries = ScratchBuffer<UInt32>()

  // In merged order.
  let survivors = ScratchList<Survivor>()
  let addressReleases = ScratchList<AddressRelease>()
  /// By index of the address release: the allocation that it names as well, of which the recorder's
  /// writer had seen nothing.
  var names: [UInt32: AllocationName] = [:]
  var restores: [Restore] = []
  var specials: [Special] = []
  /// Which lane the next events are of: (lane, events).
  var runs: [(lane: Int, events: Int)] = []
  /// From which position on a time holds, ascending; the first entry is at position 0.
  var times: [(position: Int, nanoseconds: UInt64)] = []

  /// The lane that made an allocation. O(log lanes).
  func laneIndex(ofAllocation index: Int) -> Int {
    var low = 0
    var high = lanes.count
    while low < high {
      let middle = (low + high) / 2
      if lanes[middle].firstAllocation <= index { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  @inline(__always)
  func position(of survivor: Survivor) -> UInt32 {
    allocationPositions.pointer[Int(survivor.allocation)]
  }

  func size(ofAllocation index: Int) -> Int {
    Int(siteSizes.pointer[Int(allocationSites.pointer[index])])
  }

  /// Forgets the last batch and prepares the columns for one with the given counts.
  func reset(events: Int, allocations: Int, sites: Int) {
    eventCount = events
    allocationCount = allocations
    siteCount = sites
    lanes.removeAll(keepingCapacity: true)
    survivors.removeAll()
    addressReleases.removeAll()
    names.removeAll(keepingCapacity: true)
    restores.removeAll(keepingCapacity: true)
    specials.removeAll(keepingCapacity: true)
    runs.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
    kinds.reserve(events)
    references.reserve(events)
    deltas.reserve(events)
    allocationSites.reserve(allocations)
    allocationPositions.reserve(allocations)
    released.fill(allocations, with: 0)
    siteStacks.reserve(sites)
    siteSizes.reserve(sites)
    siteAllocations.fill(sites, with: 0)
    siteReleases.fill(sites, with: 0)
    siteTemporaries.fill(sites, with: 0)
  }
}
