import CTraceFormat

/// A program that the traced process, or a child of it without a trace of its own, became by exec and
/// into which nothing can be preloaded.
public struct UntracedProgram: Sendable, Hashable {
  /// Why not.
  public enum Reason: Sendable, Hashable {
    case isStatic, otherLibrary, otherMachine, environment, privileged
    case other(UInt32)
  }

  public let timeNanoseconds: UInt64
  public let pid: UInt32
  public let reason: Reason
  /// As the program was called.
  public let path: String

  public init(timeNanoseconds: UInt64, pid: UInt32, reason: Reason, path: String) {
    self.timeNanoseconds = timeNanoseconds
    self.pid = pid
    self.reason = reason
    self.path = path
  }
}

extension UntracedProgram.Reason {
  init(code: UInt32) {
    switch mt_untraced_reason(rawValue: code) {
    case MT_UNTRACED_STATIC: self = .isStatic
    case MT_UNTRACED_OTHER_LIBRARY: self = .otherLibrary
    case MT_UNTRACED_OTHER_MACHINE: self = .otherMachine
    case MT_UNTRACED_ENVIRONMENT: self = .environment
    case MT_UNTRACED_PRIVILEGED: self = .privileged
    default: self = .other(code)
    }
  }
}
