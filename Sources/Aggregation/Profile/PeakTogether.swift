/// The largest sum of live bytes over several processes at one moment.
public struct PeakTogether: Sendable, Hashable {
  /// It was at least this, and at most that.
  public var leastBytes = 0
  public var mostBytes = 0
  /// Of `leastBytes`, after the first process's start.
  public var timeNanoseconds: UInt64 = 0

  public init(leastBytes: Int = 0, mostBytes: Int = 0, timeNanoseconds: UInt64 = 0) {
    self.leastBytes = leastBytes
    self.mostBytes = mostBytes
    self.timeNanoseconds = timeNanoseconds
  }
}
