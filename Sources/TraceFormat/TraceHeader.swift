import CTraceFormat

/// The file header: which process this is a trace of, and where its parts stand.
public struct TraceHeader: Sendable, Hashable {
  /// How the traced program image came to be.
  public enum Origin: Sendable, Hashable {
    /// The first program of the run.
    case start
    /// Reached by exec or spawn from a traced program.
    case exec
    /// The child side of a fork, before any exec.
    case fork
    /// Of a kind that this version does not know.
    case other(UInt32)
  }

  public let versionMajor: Int
  public let versionMinor: Int
  /// Where the first chunk starts.
  public let headerBytes: UInt64
  /// ELF `e_machine` of the traced program: 62 is x86-64, 183 AArch64.
  public let machine: UInt16
  /// Block addresses are stored shifted right by this.
  public let addressShift: UInt8
  public let pid: UInt32
  public let parentPID: UInt32
  /// With `pid`, names the process among all of this boot.
  public let processStartTicks: UInt64
  /// First process of the run, equal to `pid` in that process's own trace.
  public let rootPID: UInt32
  public let rootStartTicks: UInt64
  public let origin: Origin
  /// When recording began, ns since 1970.
  public let startRealtimeNanoseconds: Int64
  /// When recording began, by the monotonic clock; all times of the trace are ns after it.
  public let startMonotonicNanoseconds: UInt64
  public let pageBytes: UInt32
  /// Base name of the executable.
  public let program: String
  /// Whether the recorder closed the trace in good order.
  public let isClosed: Bool
  public let liveOffset: UInt64
  /// 0 when there is no live region any more.
  public let liveBytes: UInt64
  /// Of a closed trace: where its last chunk ends.
  public let chunkEnd: UInt64
  /// Random, and the same in the file that holds the trace's live region; empty if there is none.
  public let nonce: [UInt8]
  /// Name of the file beside the trace that holds its live region, as long as there is one.
  public let liveFileName: String?
  /// In which `pid` means something, by its inode; 0: not known.
  public let pidNamespace: UInt64
  /// How the process ended, of a trace that was not closed and has no live region to say it; `nil` of
  /// others, and if nothing was said.
  public let end: ProcessEnd?
}
