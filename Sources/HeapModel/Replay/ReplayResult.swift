import TraceFormat
import TraceInput

/// What replaying a trace up to a moment brought to light, in sums.
package struct ReplayOutcome: Sendable {
  package let totals: ReplayTotals
  package let mappings: MappingTotals?
  /// Those that were not handed out.
  package let records: [TraceRecord]
  package let counters: RecorderCounters?
  package let end: ProcessEnd?
  package let lastTimeNanoseconds: UInt64
  package let damagedParts: Int
}

/// All that replaying a trace brought to light, in the trace's own numbers.
package struct ReplayResult: Sendable {
  /// One stack's costs, as far as they are known without following each block.
  package struct Stack: Sendable {
    package let node: UInt32
    package internal(set) var costs: Costs
  }

  /// One thread's costs, without peaks.
  package struct Thread: Sendable {
    package let id: ThreadID
    package internal(set) var costs: Costs
  }

  /// The heap in intervals of equal width.
  package struct Timeline: Sendable {
    package let intervalNanoseconds: UInt64
    package let intervals: [HeapInterval]
  }

  /// Of the costs those that are known without following each block.
  package let totals: ReplayTotals
  package let stacks: [Stack]
  package let threads: [Thread]
  package let timeline: Timeline
  /// As recorded: in the order of the trace, duplicates included.
  package let nodes: [StackNode]
  /// `nil` if nothing was mapped.
  package let mappings: MappingTotals?
  /// In the order of the trace, marks and the like included.
  package let records: [TraceRecord]
  /// Of the live region, if the trace was not closed.
  package let ringOwners: [LiveRegion.RingOwner]
  package let liveCounters: RecorderCounters?
  package let liveEnd: ProcessEnd?
  /// The last moment that an event, or the recorder's clock, names.
  package let lastTimeNanoseconds: UInt64
  package let damage: [TraceDamage]
  package let chunks: [TraceChunk.Kind: ChunkCount]
  package let chunkEvents: UInt64
  package let recoveredEvents: UInt64

  /// How many chunks of one kind there are.
  package struct ChunkCount: Sendable {
    package var chunks = 0
    package var storedBytes: UInt64 = 0
    package var payloadBytes: UInt64 = 0
  }
}
