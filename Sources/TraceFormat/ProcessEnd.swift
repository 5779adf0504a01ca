import CTraceFormat

/// How the traced program ended, as far as the trace can say.
public struct ProcessEnd: Sendable, Hashable {
  public enum Reason: Sendable, Hashable {
    /// Nothing was said: killed, crashed, left by a raw system call, or running.
    case unknown
    /// Returned from `main` or called `exit`.
    case exit(code: Int32)
    /// `_exit`, `_Exit` or `quick_exit`.
    case exitNow(code: Int32)
    case abort
    /// Became another program, which has a trace of its own.
    case exec
    case signal(number: Int32)
    /// Recording ended before the program did: the trace could not be written.
    case recordingStopped(errno: Int32)
  }

  /// After the start of recording.
  public let timeNanoseconds: UInt64
  public let reason: Reason

  public init(timeNanoseconds: UInt64, reason: Reason) {
    self.timeNanoseconds = timeNanoseconds
    self.reason = reason
  }

  /// The meaning of a `struct mt_end`.
  public init(_ end: mt_end) {
    timeNanoseconds = end.time_ns
    reason =
      switch end.reason {
      case MT_END_EXIT.rawValue: .exit(code: end.status)
      case MT_END_EXIT_NOW.rawValue: .exitNow(code: end.status)
      case MT_END_ABORT.rawValue: .abort
      case MT_END_EXEC.rawValue: .exec
      case MT_END_SIGNAL.rawValue: .signal(number: end.status)
      case MT_END_STOPPED.rawValue: .recordingStopped(errno: end.status)
      default: .unknown
      }
  }
}
