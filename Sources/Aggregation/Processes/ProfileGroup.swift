import TraceFormat

/// Several traces as one: the processes of a run, each with its figures, and a profile of all of
/// them together.
///
/// Definitions, beyond those of `HeapProfile`
/// - Totals and the costs of stacks are sums over the processes. Stacks of different processes are
///   one if they run through the same modules at the same offsets, wherever these were loaded.
/// - Peaks of the processes were at different moments. In the combined profile `peak` is the sum of
///   every process's own peak, so that stacks add up to it; what all of them held at one moment is
///   `peakTogether`, between two bounds, for traces keep no common clock finer than their time lines.
/// - The combined time line runs from the first process's start; a process that has ended holds
///   nothing.
public struct ProfileGroup: Sendable {
  /// One trace of the group.
  public struct Member: Sendable {
    /// Its file, as the user can name it.
    public let path: String
    public let process: TracedProcess
    public let totals: HeapTotals
    public let threads: Int
    public let fileBytes: UInt64
    public let isDamaged: Bool
    /// Where its code is in the combined profile.
    public let code: CodePlacement
    /// Number of ancestors in the group.
    public internal(set) var depth = 0
  }

  /// A file that was to be part of the group and cannot be read.
  public struct Unreadable: Sendable, Hashable {
    public let path: String
    public let cause: String

    public init(path: String, cause: String) {
      self.path = path
      self.cause = cause
    }
  }

  /// Parents before their children, these in the order of their start.
  public let members: [Member]
  public let unreadable: [Unreadable]
  /// The sum. Its process is the first of `members`; memory samples are left to the single traces.
  public let profile: HeapProfile

  public var peakTogether: PeakTogether { profile.peakTogether ?? PeakTogether() }
}
