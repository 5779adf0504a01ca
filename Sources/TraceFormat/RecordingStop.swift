import CTraceFormat

/// Why recording stopped while the program went on, where no system call failed.
public enum RecordingStop: Sendable, Hashable {
  /// The trace was truncated or written over.
  case traceChanged
  /// The trace's name is gone.
  case traceRemoved
  /// Somebody was about to truncate the live file.
  case liveFileClaimed
  /// Memory was so short that recording held the program up.
  case memoryShort
  /// The program, or who started it, asked for it.
  case asked

  /// The meaning of an end's status; `nil` if it is an `errno`.
  public init?(status: Int32) {
    switch mt_stop(rawValue: UInt32(bitPattern: status)) {
    case MT_STOP_TRACE_CHANGED: self = .traceChanged
    case MT_STOP_TRACE_REMOVED: self = .traceRemoved
    case MT_STOP_LIVE_CLAIMED: self = .liveFileClaimed
    case MT_STOP_NO_MEMORY: self = .memoryShort
    case MT_STOP_ASKED: self = .asked
    default: return nil
    }
  }

  /// What happened, as a part of a sentence.
  public var text: String {
    switch self {
    case .traceChanged: "the trace was truncated or overwritten while it was recorded"
    case .traceRemoved: "the trace was removed while it was recorded"
    case .liveFileClaimed:
      "its live file was about to be truncated or written to by another program"
    case .memoryShort:
      "memory was so short, below a limit or on the machine, that recording held the program up"
    case .asked: "it was asked for (memtrace_stop, memtrace run --for)"
    }
  }
}
