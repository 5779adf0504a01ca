import Aggregation
import Glibc
import Symbolization
import TraceFormat

/// Finds what is missing or doubtful in a trace, and says it in sentences.
///
/// The order is the order of reading: damage, then what was not recorded, then what is worth
/// knowing. Both text and JSON reports show these.
enum NoticeCollector {
  /// Modules without symbols that are named one by one.
  private static let namedModules = 3
  private static let namedDamages = 3

  static func notices(for trace: AnalyzedTrace) -> [Notice] {
    damage(trace.profile) + trace.filter.unmatched(in: trace.stacks) + missing(trace.profile)
      + UntracedNotice.notices(trace.profile) + PauseNotice.notices(trace.profile) + unsure(trace)
      + stacks(trace.profile.counters) + modules(trace.profile)
      + doubts(trace.profile.totals) + symbols(trace.symbolization)
      + downloads(trace.symbolization) + largerProcess(trace)
      + OrderNotice.notices(trace.profile) + ResidentNotice.notices(trace)
      + SliceNotice.notices(trace) + PythonNotice.notices(trace)
  }

  private static func damage(_ profile: HeapProfile) -> [Notice] {
    guard let first = profile.damage.first else { return [] }
    let skipped = profile.damage.reduce(UInt64(0)) { $0 &+ $1.skippedBytes }
    let parts = Quantity.counted(profile.damage.count, "part")
    let places = profile.damage.prefix(namedDamages).map(\.description).joined(separator: "; ")
    let more = profile.damage.count - min(profile.damage.count, namedDamages)
    let amount = skipped > 0 ? " (\(Quantity.exactBytes(skipped)) skipped)" : ""
    let message =
      profile.damage.count == 1
      ? "The trace is damaged \(first)."
      : "The trace is damaged: \(parts) could not be read\(amount): \(places)"
        + (more > 0 ? "; and \(more) more." : ".")
    return [
      Notice(
        severity: .damage, kind: .damage,
        message: message + """
           The figures cover only what could be read: sums may be too low, and blocks whose free \
          is among what is missing count as live and leaked.
          """)
    ]
  }

  private static func missing(_ profile: HeapProfile) -> [Notice] {
    var notices = profile.troubles.map { trouble in
      Notice(
        severity: isWanted(trouble) ? .note : .warning, kind: kind(of: trouble, in: profile),
        message: sentence(for: trouble, in: profile))
    }
    let counters = profile.counters
    if profile.totals.lostEvents > 0 {
      let reasons = [
        (counters.lostStopped, "after recording had stopped"),
        (counters.lostRingFull, droppedOnFullRing(profile)),
        (counters.lostNoRing, "by threads that got no ring"),
        (counters.lostNested, "in signal handlers that interrupted a hook"),
      ].filter { $0.0 > 0 }.map { "\(Quantity.grouped($0.0)) \($0.1)" }
      let lost = Quantity.counted(
        profile.totals.lostEvents, "allocation or free was", "allocations and frees were")
      let detail = reasons.isEmpty ? "" : ": " + reasons.joined(separator: ", ")
      notices.append(
        Notice(
          severity: .warning, kind: .lostEvents, message: "\(lost) not recorded\(detail)."))
    }
    let explained = profile.troubles.contains { $0.kind == .preceded }
    if let selection = profile.selection, selection.runAllocations > 0 {
      if profile.totals.allocations == 0 {
        notices.append(
          Notice(
            severity: .warning, kind: .nothingCounted,
            message: """
              None of the \(Quantity.counted(selection.runAllocations, "allocation")) of the run \
              meets the filter.
              """))
      }
    } else if profile.totals.allocations == 0, profile.inventory.groups.isEmpty,
      profile.inventory.recoveredEvents == 0
    {
      notices.append(
        Notice(
          severity: .warning, kind: .noEvents,
          message: (profile.damage.isEmpty
            ? "Nothing was written to the trace after its header: "
            : "Nothing behind the trace's header could be read: ")
            + "it says nothing of what the program allocated."))
    } else if profile.totals.allocations == 0, profile.totals.frees == 0, !explained,
      profile.damage.isEmpty, PauseNotice.notices(profile).isEmpty
    {
      notices.append(
        Notice(
          severity: .warning, kind: .noEvents,
          message: """
            No allocation was recorded. Either the program made none through the C library's \
            malloc family, or an allocator linked into the executable itself served them all, \
            which a preloaded library cannot see.
            """))
    }
    if profile.process.isBeingRecorded {
      notices.append(
        Notice(
          severity: .note, kind: .notClosed,
          message: """
            The program runs and is being recorded. All figures are of the moment at which the trace \
            was opened; blocks that were live then count as leaked.
            """))
    } else if !profile.process.isClosed, !stopped(profile) {
      notices.append(
        Notice(
          severity: .note, kind: .notClosed,
          message: """
            The trace was not closed: the program was killed, crashed, or left by a raw system \
            call. All that was recorded until then is counted; blocks that were live at that \
            moment count as leaked.
            """))
    }
    return notices
  }

  private static func droppedOnFullRing(_ profile: HeapProfile) -> String {
    profile.troubles.contains { $0.kind == .filtered }
      ? "for which their thread's ring had no room"
      : "dropped on a full ring (MEMTRACE_ON_FULL=drop)"
  }

  /// Stacks that were cut may have had a frame that the filter names.
  private static func unsure(_ trace: AnalyzedTrace) -> [Notice] {
    guard let cut = trace.profile.selection?.cutStacks else { return [] }
    let filter = trace.filter
    let wanted = filter.functions + filter.modules
    func notice(
      _ stacks: HeapSelection.CutStacks, _ names: [String], _ consequence: String
    ) -> [Notice] {
      guard stacks.stacks > 0, !names.isEmpty else { return [] }
      let allocations =
        stacks.allocations.map { " with \(Quantity.counted($0, "allocation"))" } ?? ""
      return [
        Notice(
          severity: .warning, kind: .filterUnsure,
          message: """
            Whether \(Quantity.counted(stacks.stacks, "stack"))\(allocations) ran through \
            \(names.joined(separator: " or ")) is not known: they were deeper than the recorder's \
            limit, and outer frames are missing. They are \(consequence). Record again with a \
            larger --depth to know.
            """)
      ]
    }
    return notice(cut.left, wanted, "not counted")
      + notice(cut.counted, filter.excluded, "counted")
  }

  /// Whether the end of recording is explained already.
  private static func stopped(_ profile: HeapProfile) -> Bool {
    if case .recordingStopped = profile.process.end.reason { true } else { false }
  }

  /// Whether the malloc that comes before the recorder's hands calls on to it.
  private static func handsOn(_ profile: HeapProfile) -> Bool {
    (profile.selection?.runAllocations ?? profile.totals.allocations) > 0
  }

  /// Whether somebody asked for it.
  private static func isWanted(_ trouble: Trouble) -> Bool {
    guard case .writeFailed(let code) = trouble.kind else { return false }
    return RecordingStop(status: code) == .asked
  }

  private static func kind(of trouble: Trouble, in profile: HeapProfile) -> Notice.Kind {
    switch trouble.kind {
    case .preceded: handsOn(profile) ? .wrapper : .noEvents
    case .optionNotUnderstood, .heapUnknown, .signalTaken, .noControl: .optionIgnored
    case .writeFailed, .noWriter, .filtered, .other: .recordingStopped
    }
  }

  private static func sentence(for trouble: Trouble, in profile: HeapProfile) -> String {
    let time = Quantity.elapsed(nanoseconds: trouble.timeNanoseconds)
    return switch trouble.kind {
    case .writeFailed(let code):
      "Recording stopped after \(time), the program went on: "
        + (RecordingStop(status: code)?.text
          ?? "the trace could not be written: \(describe(errorNumber: code))") + "."
    case .noWriter(let code):
      "The writer thread could not be started: \(describe(errorNumber: code)). "
        + "The program's own threads wrote the trace."
    case .preceded where handsOn(profile):
      "The malloc of \(profile.process.allocator) comes before memtrace's: only what it hands on "
        + "to memtrace's is recorded."
    case .preceded:
      "The malloc of \(profile.process.allocator) comes before memtrace's: what "
        + "it serves is not recorded. In LD_PRELOAD, libmemtrace.so must be first; an allocator "
        + "linked into the program itself cannot be traced."
    case .optionNotUnderstood("MEMTRACE_ON_CRITICAL"):
      "MEMTRACE_ON_CRITICAL was ignored: only memtrace run --on-critical runs a command, outside "
        + "the program, which would see a child of its own otherwise."
    case .heapUnknown:
      "Live bytes are counted over the C library's malloc alone, which is not what served this "
        + "program: thresholds of the heap were not watched. Those of resident memory are."
    case .noControl(let code):
      "There was no control socket: \(describe(errorNumber: code)). Its folder must be the user's "
        + "alone, and no seccomp filter may be in the way."
    case .signalTaken(let number):
      "The program handles, blocks or ignores signal \(number) itself: it did not control the "
        + "recorder."
    case .optionNotUnderstood(let variable):
      "\(variable ?? "A variable of the recorder") had an unrecognised value, which was "
        + "ignored."
    case .filtered:
      "After \(time) the program took on a seccomp filter under which no trace can be written. What "
        + "came later is recorded as far as its threads' rings had room."
    case .other(let kind, let detail):
      "After \(time) recording was degraded for a reason that this version does not know "
        + "(kind \(kind), detail \(detail))."
    }
  }

  private static func describe(errorNumber: Int32) -> String {
    guard let text = strerror(errorNumber) else { return "error \(errorNumber)" }
    return String(cString: text)
  }

  private static func stacks(_ counters: RecorderCounters) -> [Notice] {
    var notices: [Notice] = []
    if counters.stacksCut > 0 {
      let stacks = Quantity.counted(counters.stacksCut, "stack was", "stacks were")
      notices.append(
        Notice(
          severity: .note, kind: .stacksCut,
          message: """
            \(stacks) deeper than the recorder's limit; outer frames are missing. Record again \
            with a larger MEMTRACE_DEPTH to see them.
            """))
    }
    if counters.stacksBroken > 0 {
      let stacks = Quantity.counted(counters.stacksBroken, "stack")
      notices.append(
        Notice(
          severity: .note, kind: .stacksBroken,
          message: """
            \(stacks) could not be unwound to the thread's start: code without unwind \
            information stood in the way, such as a just-in-time compiler's, or a stack that \
            shares its memory with others, as greenlets do.
            """))
    }
    if counters.pythonUnknown > 0 {
      notices.append(
        Notice(
          severity: .note, kind: .pythonMissing,
          message: """
            The frames of this Python interpreter cannot be read: Python functions and lines are \
            missing. CPython 3.10 to 3.13 can be read, unless it was built without the global \
            interpreter lock.
            """))
    } else if counters.pythonBroken > 0 {
      let stacks = Quantity.counted(counters.pythonBroken, "stack")
      notices.append(
        Notice(
          severity: .note, kind: .pythonMissing,
          message: """
            The Python code of \(stacks) could not be read, as when more than 4,096 functions are \
            under way: these have native frames alone.
            """))
    }
    if counters.unwindDifferences > 0 {
      let stacks = Quantity.counted(counters.unwindDifferences, "stack")
      notices.append(
        Notice(
          severity: .warning, kind: .unwindDifferences,
          message: "The two unwinders disagreed on \(stacks) (MEMTRACE_UNWINDER=check)."))
    }
    return notices
  }

  private static func modules(_ profile: HeapProfile) -> [Notice] {
    guard profile.indistinctModules > 0 else { return [] }
    let modules = Quantity.counted(profile.indistinctModules, "library", "libraries")
    return [
      Notice(
        severity: .note, kind: .symbols,
        message: """
          \(modules) were loaded where more others had been before them than a trace can tell \
          apart: their functions have no names.
          """)
    ]
  }

  private static func doubts(_ totals: HeapTotals) -> [Notice] {
    var notices: [Notice] = []
    if totals.inheritedFrees > 0 {
      let frees = Quantity.counted(totals.inheritedFrees, "free")
      notices.append(
        Notice(
          severity: .note, kind: .inheritedFrees,
          message: """
            \(frees) of blocks that a forked child had inherited: they count as allocated in its \
            parent, which still has its own.
            """))
    }
    let unexplained = totals.unknownFrees - totals.inheritedFrees - totals.pausedFrees
    if unexplained > 0 {
      let frees = Quantity.counted(unexplained, "free")
      notices.append(
        Notice(
          severity: .note, kind: .unknownFrees,
          message: "\(frees) of blocks whose allocation is not in the trace."))
    }
    if totals.supersededBlocks > 0 {
      let blocks = Quantity.counted(totals.supersededBlocks, "block")
      notices.append(
        Notice(
          severity: .warning, kind: .supersededBlocks,
          message: """
            The free of \(blocks) is missing in the trace: another block was allocated at the \
            same address, and they count as gone from then on.
            """))
    }
    return notices
  }

  private static func symbols(_ diagnostics: SymbolizationDiagnostics) -> [Notice] {
    let modules = diagnostics.modules.filter { $0.unresolved > 0 }
      .sorted { ($0.unresolved, $1.module) > ($1.unresolved, $0.module) }
    let outside = diagnostics.outsideModules
    guard !modules.isEmpty || outside > 0 else { return [] }
    let missing = modules.reduce(outside) { $0 + $1.unresolved }
    let names = modules.prefix(namedModules).map { module in
      let reason = SymbolText.state(of: module)
      return "\(PresentedFrame.baseName(module.path)) (\(reason))"
    }
    let more = modules.count - names.count
    var places = names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    if outside > 0 {
      places += (places.isEmpty ? "" : ", and in ") + "code of no file"
    }
    return [
      Notice(
        severity: .note, kind: .symbols,
        message: """
          No function names for \(Quantity.grouped(missing)) of \
          \(Quantity.counted(diagnostics.addresses, "code address", "code addresses")), in \
          \(places). \
          memtrace-analyze info says what would help.
          """)
    ]
  }

  private static func downloads(_ diagnostics: SymbolizationDiagnostics) -> [Notice] {
    guard let failure = diagnostics.serverFailure else { return [] }
    return [
      Notice(
        severity: .warning, kind: .symbols,
        message: "The servers of DEBUGINFOD_URLS were given up: \(failure).")
    ]
  }

  private static func largerProcess(_ trace: AnalyzedTrace) -> [Notice] {
    let own = trace.profile.totals
    let larger = trace.relatives
      .filter { $0.allocatedBytes > own.allocatedBytes }
      .max { ($0.allocatedBytes, $1.path) < ($1.allocatedBytes, $0.path) }
    guard let larger else { return [] }
    return [
      Notice(
        severity: .note, kind: .largerProcess,
        message: """
          Another process of this run allocated more: \(larger.program) (pid \(larger.pid)), \
          \(Quantity.bytes(larger.allocatedBytes)) in \
          \(Quantity.counted(larger.allocations, "allocation")). Its trace is \(larger.path).
          """)
    ]
  }
}
