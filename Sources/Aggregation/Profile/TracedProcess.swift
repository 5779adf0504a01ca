import TraceFormat

/// What ran, how it came to run, and how it ended.
public struct TracedProcess: Sendable, Hashable {
  /// Base name of the executable.
  public var program: String
  /// Absolute path, empty if the trace does not say.
  public var executable = ""
  public var arguments: [String] = []
  /// What the process called itself later (`nginx: worker process`), empty if it did not.
  public var title = ""
  public var workingDirectory = ""
  /// `NAME=VALUE`, those of interest only.
  public var environment: [String] = []
  /// The recorder's version and the options in force.
  public var recorder = ""
  /// Path of the module that served malloc, empty if unknown.
  public var allocator = ""
  public var pid: UInt32 = 0
  public var parentPID: UInt32 = 0
  public var processStartTicks: UInt64 = 0
  /// First process of the run; with `rootStartTicks` the same in every trace of one run.
  public var rootPID: UInt32 = 0
  public var rootStartTicks: UInt64 = 0
  public var origin: TraceHeader.Origin = .start
  /// ELF `e_machine`: 62 is x86-64, 183 AArch64.
  public var machine: UInt16 = 62
  /// Of the traced machine.
  public var pageBytes = 4096
  /// How exact the order between threads is; `nil` in traces that do not say.
  public var order: RecordedOrder?
  /// When recording began, ns since 1970.
  public var startRealtimeNanoseconds: Int64 = 0
  /// From the start of recording to the last thing that the trace knows.
  public var durationNanoseconds: UInt64 = 0
  public var end = ProcessEnd(timeNanoseconds: 0, reason: .unknown)
  /// Whether the recorder closed the trace in good order. If not, the program was killed, or is
  /// still running.
  public var isClosed = true
  /// Whether it ran, and was recorded, when the trace was opened: what is known is of that moment.
  public var isBeingRecorded = false
  /// Whether `pid` is a number of another pid namespace than the reader's.
  public var isOfOtherPidNamespace = false

  public init(program: String) { self.program = program }
}
