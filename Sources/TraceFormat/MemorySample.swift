/// The kernel's view of the process's memory at one moment.
public struct MemorySample: Sendable, Hashable {
  /// After the start of recording.
  public let timeNanoseconds: UInt64
  public let residentBytes: UInt64
  public let virtualBytes: UInt64

  public init(timeNanoseconds: UInt64, residentBytes: UInt64, virtualBytes: UInt64) {
    self.timeNanoseconds = timeNanoseconds
    self.residentBytes = residentBytes
    self.virtualBytes = virtualBytes
  }
}
