import HeapModel
import TraceFormat
import TraceInput

/// A process's heap at one moment, in sums.
public struct FollowedMoment: Sendable {
  public enum State: Sendable, Hashable {
    /// The process runs and is recorded.
    case recorded
    /// The process has ended, as `process.end` says.
    case ended
    /// Another trace stands at the path.
    case replaced
  }

  public internal(set) var state = State.recorded
  public internal(set) var process: TracedProcess
  /// As if the run ended now; leaks are what is live.
  public internal(set) var totals = HeapTotals()
  /// The recorder's latest look at the process's memory.
  public internal(set) var memory: MemorySample?
  /// What was mapped beside the heap; `nil` if nothing was.
  public internal(set) var mappings: MappingTotals?
  /// The latest ones, in the order of time.
  public internal(set) var marks: [Mark] = []
  public internal(set) var counters = RecorderCounters()
  /// How many parts of the trace could not be used.
  public internal(set) var damagedParts = 0

  /// After the start of recording, of the last thing that is known.
  public var timeNanoseconds: UInt64 { process.durationNanoseconds }

  init(process: TracedProcess) { self.process = process }

  /// What replay found up to now, and what is known from records that are not among that.
  init(_ outcome: ReplayOutcome, _ earlier: RecordCollector) {
    var facts = earlier
    for record in outcome.records { facts.add(record) }
    if let end = outcome.end { facts.add(end) }
    process = facts.process
    process.durationNanoseconds = max(outcome.lastTimeNanoseconds, facts.lastTimeNanoseconds)
    state = process.isBeingRecorded ? .recorded : .ended
    memory = facts.memorySamples.last
    mappings = outcome.mappings
    marks = facts.marks
    counters = outcome.counters.map { facts.counters.merged(with: $0) } ?? facts.counters
    damagedParts = outcome.damagedParts
    totals.costs = outcome.totals.costsAtThisMoment
    totals.unknownFrees = outcome.totals.unknownFrees
    totals.peakTimeNanoseconds = outcome.totals.peakTimeNanoseconds
    totals.reallocations = outcome.totals.reallocations
    totals.lostEvents = Int(clamping: counters.lostEvents)
    totals.tellUnknownFrees(apart: facts)
  }
}
