import TraceFormat

/// The recorder's counters by name: the JSON member and what it means to a person.
enum InfoCounters {
  struct Counter {
    let name: String
    let value: UInt64
    let meaning: String
  }

  static func named(_ counters: RecorderCounters) -> [Counter] {
    [
      Counter(name: "lostEvents", value: counters.lostEvents, meaning: "events lost in all"),
      Counter(
        name: "lostNested", value: counters.lostNested,
        meaning: "events lost in signal handlers that interrupted a hook"),
      Counter(
        name: "lostNoRing", value: counters.lostNoRing,
        meaning: "events lost by threads that got no ring"),
      Counter(
        name: "lostRingFull", value: counters.lostRingFull,
        meaning: "events dropped on a full ring"),
      Counter(
        name: "lostStopped", value: counters.lostStopped,
        meaning: "events lost after recording had stopped"),
      Counter(
        name: "ringWaits", value: counters.ringWaits, meaning: "waits for the writer"),
      Counter(
        name: "ringWaitNanoseconds", value: counters.ringWaitNanoseconds,
        meaning: "ns spent in these waits"),
      Counter(
        name: "stacksCut", value: counters.stacksCut, meaning: "stacks cut at the depth limit"),
      Counter(
        name: "stacksBroken", value: counters.stacksBroken,
        meaning: "stacks whose unwinding ended early"),
      Counter(
        name: "unwindFallbacks", value: counters.unwindFallbacks,
        meaning: "stacks walked by the second unwinder"),
      Counter(
        name: "unwindDifferences", value: counters.unwindDifferences,
        meaning: "stacks on which the unwinders differ"),
      Counter(
        name: "earlyEvents", value: counters.earlyEvents,
        meaning: "calls served before the allocator was known"),
      Counter(
        name: "asyncBroken", value: counters.asyncBroken,
        meaning: "stacks of Swift tasks without their async callers"),
      Counter(
        name: "pythonBroken", value: counters.pythonBroken,
        meaning: "stacks without the Python code that ran"),
      Counter(
        name: "pythonUnknown", value: counters.pythonUnknown,
        meaning: "Python interpreters whose frames cannot be read"),
      Counter(
        name: "pythonObjects", value: counters.pythonObjects,
        meaning: "Python interpreters whose blocks in arenas are recorded"),
      Counter(
        name: "pythonArenasUnseen", value: counters.pythonArenasUnseen,
        meaning: "Python arenas whose blocks are not recorded"),
      Counter(
        name: "untracedLost", value: counters.untracedLost,
        meaning: "programs that could not be traced and had no room to be named"),
      Counter(
        name: "childrenLost", value: counters.childrenLost,
        meaning: "children forked within an allocation or under a filter, and not recorded"),
    ]
  }
}
