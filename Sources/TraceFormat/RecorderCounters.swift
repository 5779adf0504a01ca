import CTraceFormat

/// What the recorder did not record, and what recording the rest cost it. Totals of the trace.
public struct RecorderCounters: Sendable, Hashable {
  private var values: [UInt64]

  /// Counters by `enum mt_counter`; missing ones are 0, ones of later versions are kept.
  public init(values: [UInt64] = []) {
    self.values = values
  }

  private subscript(counter: mt_counter) -> UInt64 {
    let index = Int(counter.rawValue)
    return index < values.count ? values[index] : 0
  }

  /// For each counter the larger of both: counters only grow, so this is the later state.
  public func merged(with other: RecorderCounters) -> RecorderCounters {
    let count = max(values.count, other.values.count)
    return RecorderCounters(
      values: (0..<count).map { index in
        max(
          index < values.count ? values[index] : 0,
          index < other.values.count ? other.values[index] : 0)
      })
  }

  /// The sums of the counters of two traces.
  public func adding(_ other: RecorderCounters) -> RecorderCounters {
    let count = max(values.count, other.values.count)
    return RecorderCounters(
      values: (0..<count).map { index in
        (index < values.count ? values[index] : 0)
          &+ (index < other.values.count ? other.values[index] : 0)
      })
  }

  /// Allocations and releases that are not in the trace; the next four say why.
  public var lostEvents: UInt64 { self[MT_COUNTER_LOST_EVENTS] }
  /// Lost: from a signal handler that interrupted a hook.
  public var lostNested: UInt64 { self[MT_COUNTER_LOST_NESTED] }
  /// Lost: by a thread for which no ring could be had.
  public var lostNoRing: UInt64 { self[MT_COUNTER_LOST_NO_RING] }
  /// Lost: dropped on a full ring, as asked for.
  public var lostRingFull: UInt64 { self[MT_COUNTER_LOST_RING_FULL] }
  /// Lost: after recording had stopped.
  public var lostStopped: UInt64 { self[MT_COUNTER_LOST_STOPPED] }
  /// Times a hook waited for the writer.
  public var ringWaits: UInt64 { self[MT_COUNTER_RING_WAITS] }
  public var ringWaitNanoseconds: UInt64 { self[MT_COUNTER_RING_WAIT_NS] }
  /// Stacks deeper than the limit.
  public var stacksCut: UInt64 { self[MT_COUNTER_STACKS_CUT] }
  /// Stacks whose unwinding ended before the thread's start.
  public var stacksBroken: UInt64 { self[MT_COUNTER_STACKS_BROKEN] }
  /// Stacks that the second unwinder had to walk.
  public var unwindFallbacks: UInt64 { self[MT_COUNTER_UNWIND_FALLBACKS] }
  /// Stacks on which the two unwinders differ, when both were asked for.
  public var unwindDifferences: UInt64 { self[MT_COUNTER_UNWIND_DIFFERENCES] }
  /// Calls served before the next allocator was known.
  public var earlyEvents: UInt64 { self[MT_COUNTER_EARLY_EVENTS] }
  /// Stacks of Swift tasks whose async callers could not be found.
  public var asyncBroken: UInt64 { self[MT_COUNTER_ASYNC_BROKEN] }
  /// Stacks of Python code without its functions and lines.
  public var pythonBroken: UInt64 { self[MT_COUNTER_PYTHON_BROKEN] }
  /// Not 0: an interpreter runs Python code and its frames cannot be read.
  public var pythonUnknown: UInt64 { self[MT_COUNTER_PYTHON_UNKNOWN] }
  /// Not 0: the blocks in Python's arenas are recorded.
  public var pythonObjects: UInt64 { self[MT_COUNTER_PYTHON_OBJECTS] }
  /// Of these arenas: those whose blocks are not.
  public var pythonArenasUnseen: UInt64 { self[MT_COUNTER_PYTHON_UNSEEN] }
  /// Programs that could not be traced and that there was no room to name.
  public var untracedLost: UInt64 { self[MT_COUNTER_UNTRACED_LOST] }
  /// Children that were forked where nothing could be recorded in them.
  public var childrenLost: UInt64 { self[MT_COUNTER_CHILDREN_LOST] }
}
