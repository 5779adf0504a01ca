import ArgumentParser
import Glibc

/// What a person can ask of the recorder: each option is one of its environment variables.
struct RecordingOptions: ParsableArguments {
  /// What a full ring does; raw values are those of MEMTRACE_ON_FULL.
  enum OnFull: String, CaseIterable, ExpressibleByArgument {
    case wait, drop
  }

  /// How stacks are unwound; raw values are those of MEMTRACE_UNWINDER.
  enum Unwinder: String, CaseIterable, ExpressibleByArgument {
    case fast, libunwind, fp, check
  }

  /// Who writes the trace; raw values are those of MEMTRACE_WRITER.
  enum Writer: String, CaseIterable, ExpressibleByArgument {
    case thread, inline
  }

  /// How exact the order between threads is; raw values are those of MEMTRACE_ORDER.
  enum Order: String, CaseIterable, ExpressibleByArgument {
    case bounded, exact
  }

  static let depths = 1...4096

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "The trace file (default: trace.bin); %p becomes the process id, %e the program's name.",
      valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Frames kept of a stack (default: 256).", valueName: "frames"))
  var depth: Int?

  @Flag(
    name: .customLong("no-follow"),
    help: "Trace only the first process, whatever programs it becomes by exec.")
  var ignoresChildren = false

  @Option(
    help: ArgumentHelp(
      "Trace only the processes whose program, or script, has this name.",
      valueName: "name"))
  var only: String?

  @Option(
    help: ArgumentHelp(
      "When the writer falls behind: wait for it (default), or drop events and count them.",
      valueName: "wait|drop"))
  var onFull: OnFull?

  @Option(
    help: ArgumentHelp(
      "Unwinder: fast (default), libunwind, fp (frame pointers), or check (two, compared).",
      valueName: "name"))
  var unwinder: Unwinder?

  @Option(
    help: ArgumentHelp(
      "Who writes the trace: a thread of its own (default), or inline: the program's threads.",
      valueName: "thread|inline"))
  var writer: Writer?

  @Option(
    help: ArgumentHelp(
      "Order between threads: bounded (default), or exact: every event in its place, at a cost.",
      valueName: "bounded|exact"))
  var order: Order?

  @Flag(
    help: """
      Record nothing until the program calls memtrace_resume (memtrace.h), or --after is over.
      """)
  var startPaused = false

  @Option(
    help: ArgumentHelp(
      "Record nothing at first: for 10s, 1.5min, 250ms from the start of each process.",
      valueName: "time"))
  var after: RecordingTime?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("Stop recording after so long; the program goes on.", valueName: "time"))
  var recordingLength: RecordingTime?

  @Option(
    help: ArgumentHelp(
      "Put a snapshot called periodic into the trace so often.", valueName: "time"))
  var snapshotEvery: RecordingTime?

  @Option(
    help: ArgumentHelp(
      """
      Look page by page at what is resident so often (default: every second at first), within half a \
      percent of a processor.
      """, valueName: "time"))
  var accountEvery: RecordingTime?

  @Option(
    help: ArgumentHelp(
      "Take a snapshot called warning when memory reaches 500M, heap:1G, resident:80% or oom:90%.",
      valueName: "threshold"))
  var warn: ThresholdValue?

  @Option(
    help: ArgumentHelp("Likewise, called critical.", valueName: "threshold"))
  var critical: ThresholdValue?

  @Option(
    help: ArgumentHelp(
      "Run this shell command when memory is critical, outside the program: see the guide.",
      valueName: "command"))
  var onCritical: String?

  @Flag(help: "Let memtrace ctl control the recording of each process.")
  var control = false

  @Option(
    help: ArgumentHelp(
      "Take a snapshot when a process gets this signal: USR1, USR2 or RTMIN+N.",
      valueName: "signal"))
  var snapshotSignal: ControlSignal?

  @Option(
    help: ArgumentHelp("Pause, and go on, when a process gets this signal.", valueName: "signal"))
  var pauseSignal: ControlSignal?

  @Flag(help: "Count live bytes for memtrace_get_stats and thresholds of the heap.")
  var countHeap = false

  @Flag(
    help: """
      Record every object of a Python program, also the small ones that Python cuts from arenas of \
      its own.
      """)
  var pythonObjects = false

  func validate() throws {
    if let depth, !Self.depths.contains(depth) {
      throw ValidationError(
        "--depth must be between \(Self.depths.lowerBound) and \(Self.depths.upperBound).")
    }
    if output?.isEmpty == true { throw ValidationError("--output needs a file name.") }
    if let output, let slash = output.lastIndex(of: "/") {
      let directory = output[..<slash]
      if !directory.isEmpty, !directory.contains("%"), access(String(directory), F_OK) != 0 {
        throw ValidationError("--output \(output): there is no directory \(directory).")
      }
    }
    if let snapshotSignal, snapshotSignal == pauseSignal {
      throw ValidationError("--snapshot-signal and --pause-signal must differ.")
    }
    if onCritical != nil {
      if critical == nil { throw ValidationError("--on-critical is about --critical: give both.") }
      if writer == .inline {
        throw ValidationError(
          "--on-critical takes a writer of its own to notice: no --writer inline.")
      }
    }
    if let only, only.isEmpty || only.contains("/") || only.utf8.count > Int(NAME_MAX) {
      throw ValidationError("--only needs the name of a program, without its folder.")
    }
  }

  /// Sets the variables of the options that were given; those of the caller's environment stay
  /// in force otherwise.
  func apply(to environment: inout Environment) {
    if let output { environment["MEMTRACE_OUTPUT"] = output }
    if let depth { environment["MEMTRACE_DEPTH"] = String(depth) }
    if ignoresChildren { environment["MEMTRACE_FOLLOW"] = "0" }
    if let only { environment["MEMTRACE_ONLY"] = only }
    if let onFull { environment["MEMTRACE_ON_FULL"] = onFull.rawValue }
    if let writer { environment["MEMTRACE_WRITER"] = writer.rawValue }
    if let order { environment["MEMTRACE_ORDER"] = order.rawValue }
    if startPaused { environment["MEMTRACE_START"] = "paused" }
    if let after { environment["MEMTRACE_AFTER_MS"] = String(after.milliseconds) }
    if let recordingLength { environment["MEMTRACE_FOR_MS"] = String(recordingLength.milliseconds) }
    if let snapshotEvery {
      environment["MEMTRACE_SNAPSHOT_EVERY_MS"] = String(snapshotEvery.milliseconds)
    }
    if let accountEvery {
      environment["MEMTRACE_ACCOUNT_EVERY_MS"] = String(accountEvery.milliseconds)
    }
    if let warn { environment["MEMTRACE_WARN"] = warn.text }
    if let critical { environment["MEMTRACE_CRITICAL"] = critical.text }
    if control { environment["MEMTRACE_CONTROL"] = environment["MEMTRACE_CONTROL"] ?? "1" }
    if let snapshotSignal { environment["MEMTRACE_SNAPSHOT_SIGNAL"] = snapshotSignal.name }
    if let pauseSignal { environment["MEMTRACE_PAUSE_SIGNAL"] = pauseSignal.name }
    if countHeap { environment["MEMTRACE_COUNT_HEAP"] = "1" }
    if pythonObjects { environment["MEMTRACE_PYTHON"] = "objects" }
    if let unwinder { environment["MEMTRACE_UNWINDER"] = unwinder.rawValue }
  }
}
