import HeapModel
import TraceFormat

/// Everything that one trace says about a program's heap: the immutable result that every report
/// renders. Costs are exact, not sampled.
///
/// Definitions
/// - An *allocation* is one successful call that returned a block, realloc's new block included.
/// - A *free* is the end of a block: `free`, or a realloc that succeeded.
/// - A *temporary* allocation was freed, by whatever thread, before its own thread allocated
///   again. A block that realloc replaces is freed just before its replacement is allocated, so
///   growing the newest block counts it as temporary.
/// - The *peak* is the first moment at which the sum of all live blocks was at its highest.
/// - A *leaked* block was live when the trace ended, whether or not it was still reachable.
/// - The *own peak* of a stack is the highest sum of its own live blocks, whenever that was.
/// - A *short-lived* block was freed in less than a given time, by the trace's coarse clock.
/// - A *moved* block was made by a realloc at another address, a *resized* one at the same; a move
///   *copies* the smaller of the two sizes.
/// - *Wasted* bytes are those of blocks that a realloc replaced with a larger one, counted where
///   the larger one was made: what growing step by step allocated more than once.
/// - Bytes are those that the program asked for; what the allocator adds is not known.
public struct HeapProfile: Sendable {
  public let process: TracedProcess
  /// How many traces the figures are of, see `ProfileGroup`.
  public internal(set) var traceCount = 1
  /// Of several traces: the largest sum of live bytes at one moment; `nil` of a single one, whose
  /// `totals` have it.
  public internal(set) var peakTogether: PeakTogether?
  public private(set) var totals: HeapTotals
  /// All stacks of the trace as one tree.
  public let stacks: StackTree
  /// One entry per distinct stack that allocated, in the order of their ids. The sum of each cost
  /// over all entries equals the one in `totals`.
  public private(set) var costs: [StackCost]
  /// In the order of loading.
  public let modules: [Module]
  /// In the order of their numbers.
  public let threads: [ThreadProfile]
  /// In the order of time.
  public let memorySamples: [MemorySample]
  /// The heap over time, at most `LoadOptions.timelinePoints` intervals without gaps, and one for
  /// the quiet time between the last event and the end of the run. With a window it begins there.
  public let timeline: [TimelinePoint]
  /// In the order of time.
  public let marks: [Mark]
  public let counters: RecorderCounters
  public let troubles: [Trouble]
  /// Programs of the run that have no trace because none could be made.
  public let untraced: [UntracedProgram]
  /// What of the file could not be used. Empty for a sound trace.
  public let damage: [TraceDamage]
  public let inventory: TraceInventory
  /// The query that the figures answer, and what else it found; `nil` if every block was counted
  /// by the quickest way. Facts about the process and the file are always of the whole run.
  public let selection: HeapSelection?
  /// What was mapped beside the heap; `nil` if that is not known, or nothing was.
  public internal(set) var mappings: MappingTotals?
  /// Where resident memory was at the trace's last account, which mostly is at the end; `nil` if it has
  /// none, and if more blocks are live than that is worth. Mappings are not told apart.
  public internal(set) var account: MemoryAccount?

  public init(
    process: TracedProcess, totals: HeapTotals, stacks: StackTree, costs: [StackCost],
    modules: [Module] = [], threads: [ThreadProfile] = [], memorySamples: [MemorySample] = [],
    timeline: [TimelinePoint] = [], marks: [Mark] = [],
    counters: RecorderCounters = RecorderCounters(), troubles: [Trouble] = [],
    untraced: [UntracedProgram] = [],
    damage: [TraceDamage] = [], inventory: TraceInventory = TraceInventory(),
    selection: HeapSelection? = nil
  ) {
    self.process = process
    self.totals = totals
    self.stacks = stacks
    self.costs = costs
    self.modules = modules
    self.threads = threads
    self.memorySamples = memorySamples
    self.timeline = timeline
    self.marks = marks
    self.counters = counters
    self.troubles = troubles
    self.untraced = untraced
    self.damage = damage
    self.inventory = inventory
    self.selection = selection
  }

  /// How many modules stood where so many had been before that they cannot be told apart.
  public var indistinctModules: Int { ModuleMap.indistinctCount(modules) }

  /// The same profile with other costs of the same stacks, which differ in their leaks; the totals'
  /// leaks become their sums.
  public func replacingLeaks(in costs: [StackCost]) -> HeapProfile {
    var profile = self
    profile.costs = costs
    profile.totals.leakedAllocations = costs.reduce(0) { $0 + $1.leakedAllocations }
    profile.totals.leakedBytes = costs.reduce(0) { $0 &+ $1.leakedBytes }
    return profile
  }
}
