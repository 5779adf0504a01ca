import TraceFormat
import TraceInput

/// All that replaying a trace brought to light, in the trace's own numbers.
package struct ReplayResult: Sendable {
  /// The blocks of one stack or one thread that were live at the end.
  package struct Leaked: Sendable, Hashable {
    package var blocks = 0
    package var bytes = 0
    package var sizes = SizeExtent()
  }

  /// One stack's costs.
  package struct Stack: Sendable {
    package let node: UInt32
    package let allocations: Int
    package let allocatedBytes: Int
    package let temporaries: Int
    package let peakBlocks: Int
    package let peakBytes: Int
    package let sizes: SizeExtent
    package let leaked: Leaked
  }

  /// One thread's costs.
  package struct Thread: Sendable {
    package let id: ThreadID
    package let allocations: Int
    package let allocatedBytes: Int
    package let frees: Int
    package let temporaries: Int
    package let leaked: Leaked
  }

  /// The heap in intervals of equal width.
  package struct Timeline: Sendable {
    package struct Interval: Sendable {
      package let liveBytes: Int
      package let liveBlocks: Int
      package let minimumBytes: Int
      package let maximumBytes: Int
      package let allocations: Int
      package let allocatedBytes: Int
    }

    package let intervalNanoseconds: UInt64
    package let intervals: [Interval]
  }

  /// The sums over all events.
  package struct Totals: Sendable {
    package let allocations: Int
    package let reallocations: Int
    package let allocatedBytes: Int
    package let frees: Int
    package let unknownFrees: Int
    package let temporaries: Int
    package let supersededBlocks: Int
    package let liveBlocks: Int
    package let liveBytes: Int
    package let peakBlocks: Int
    package let peakBytes: Int
    package let peakTimeNanoseconds: UInt64
  }

  package let totals: Totals
  package let stacks: [Stack]
  package let threads: [Thread]
  package let timeline: Timeline
  /// As recorded: in the order of the trace, duplicates included.
  package let nodes: [StackNode]
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
