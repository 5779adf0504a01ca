import CTraceFormat

/// Something that degraded or stopped recording while the program went on.
public struct Trouble: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The trace could not be written; recording stopped.
    case writeFailed(errno: Int32)
    /// The writer thread could not start.
    case noWriter(errno: Int32)
    /// Another allocator's `malloc` comes before the recorder's; the trace names its module.
    case preceded
    /// A variable of the recorder has a value that means nothing; nil: one that this version does
    /// not know.
    case optionNotUnderstood(variable: String?)
    /// A seccomp filter forbids what writing the trace takes; what came later stands in the rings, as
    /// far as these had room.
    case filtered
    /// Live bytes are not counted over the program's allocator: thresholds of the heap were not watched.
    case heapUnknown
    /// The program has a use of its own for a signal that was to control the recorder.
    case signalTaken(number: Int32)
    /// The control socket that was asked for could not be made.
    case noControl(errno: Int32)
    /// Of a kind that this version does not know.
    case other(kind: UInt32, detail: Int32)
  }

  /// After the start of recording.
  public let timeNanoseconds: UInt64
  public let kind: Kind

  public init(timeNanoseconds: UInt64, kind: Kind) {
    self.timeNanoseconds = timeNanoseconds
    self.kind = kind
  }

  /// The meaning of a `struct mt_trouble`.
  public init(_ trouble: mt_trouble) {
    timeNanoseconds = trouble.time_ns
    kind =
      switch trouble.kind {
      case MT_TROUBLE_WRITE_FAILED.rawValue: .writeFailed(errno: trouble.detail)
      case MT_TROUBLE_NO_WRITER.rawValue: .noWriter(errno: trouble.detail)
      case MT_TROUBLE_PRECEDED.rawValue: .preceded
      case MT_TROUBLE_OPTION.rawValue:
        .optionNotUnderstood(variable: Self.variable(of: trouble.detail))
      case MT_TROUBLE_FILTERED.rawValue: .filtered
      case MT_TROUBLE_HEAP_UNKNOWN.rawValue: .heapUnknown
      case MT_TROUBLE_SIGNAL_TAKEN.rawValue: .signalTaken(number: trouble.detail)
      case MT_TROUBLE_NO_CONTROL.rawValue: .noControl(errno: trouble.detail)
      default: .other(kind: trouble.kind, detail: trouble.detail)
      }
  }

  private static func variable(of option: Int32) -> String? {
    switch mt_option(rawValue: UInt32(bitPattern: option)) {
    case MT_OPTION_DEPTH: "MEMTRACE_DEPTH"
    case MT_OPTION_ORDER: "MEMTRACE_ORDER"
    case MT_OPTION_ON_FULL: "MEMTRACE_ON_FULL"
    case MT_OPTION_UNWINDER: "MEMTRACE_UNWINDER"
    case MT_OPTION_WRITER: "MEMTRACE_WRITER"
    case MT_OPTION_FOLLOW: "MEMTRACE_FOLLOW"
    case MT_OPTION_PYTHON: "MEMTRACE_PYTHON"
    case MT_OPTION_START: "MEMTRACE_START"
    case MT_OPTION_AFTER: "MEMTRACE_AFTER_MS"
    case MT_OPTION_FOR: "MEMTRACE_FOR_MS"
    case MT_OPTION_SNAPSHOT_EVERY: "MEMTRACE_SNAPSHOT_EVERY_MS"
    case MT_OPTION_ACCOUNT_EVERY: "MEMTRACE_ACCOUNT_EVERY_MS"
    case MT_OPTION_WARN: "MEMTRACE_WARN"
    case MT_OPTION_CRITICAL: "MEMTRACE_CRITICAL"
    case MT_OPTION_ON_CRITICAL: "MEMTRACE_ON_CRITICAL"
    case MT_OPTION_COUNT_HEAP: "MEMTRACE_COUNT_HEAP"
    case MT_OPTION_SNAPSHOT_SIGNAL: "MEMTRACE_SNAPSHOT_SIGNAL"
    case MT_OPTION_PAUSE_SIGNAL: "MEMTRACE_PAUSE_SIGNAL"
    case MT_OPTION_CONTROL: "MEMTRACE_CONTROL"
    default: nil
    }
  }
}
