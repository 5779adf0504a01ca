/// The sum of live chosen blocks of one row, or of all, as the walk goes on.
struct RunningSum: BitwiseCopyable {
  var blocks = 0
  var bytes = 0
  var peakBlocks = 0
  var peakBytes = 0
  /// The latest common peak before which the row last changed; see `BlockAccounts`.
  var epoch: UInt32 = 0
  var commonPeakBlocks = 0
  var commonPeakBytes = 0

  /// Keeps the state at the latest common peak, if nothing has changed since.
  @inline(__always)
  mutating func keepCommonPeak(_ latest: UInt32) {
    guard epoch != latest else { return }
    epoch = latest
    commonPeakBlocks = blocks
    commonPeakBytes = bytes
  }

  @inline(__always)
  mutating func add(_ bytes: Int) {
    blocks += 1
    self.bytes &+= bytes
  }

  @inline(__always)
  mutating func remove(_ bytes: Int) {
    blocks -= 1
    self.bytes &-= bytes
  }

  /// - Returns: whether there was never more.
  @inline(__always)
  @discardableResult
  mutating func keepPeak() -> Bool {
    guard bytes > peakBytes else { return false }
    peakBytes = bytes
    peakBlocks = blocks
    return true
  }
}
