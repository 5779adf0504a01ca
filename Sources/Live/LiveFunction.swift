/// A function's part of a process's heap now, and how it has changed since the watch began.
public struct LiveFunction: Sendable, Hashable {
  public let name: String
  /// Base name of its module; empty if it is in none.
  public let module: String
  public let liveBytes: Int
  public let liveBlocks: Int
  public let allocations: Int
  public let allocatedBytes: Int
  /// Of its live bytes since the watch began, or was reset.
  public let growthBytes: Int
  /// How fast the least that it had live rises, see `FunctionGrowth`; 0 if it does not.
  public let risingBytesPerSecond: Double
  /// Bytes that it allocated in a second of late.
  public let allocatedBytesPerSecond: Double
}
