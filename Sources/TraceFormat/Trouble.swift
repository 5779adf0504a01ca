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
      default: .other(kind: trouble.kind, detail: trouble.detail)
      }
  }
}
