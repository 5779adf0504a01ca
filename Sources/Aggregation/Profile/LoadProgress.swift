/// How far reading a trace has come.
public struct LoadProgress: Sendable, Hashable {
  public let bytesRead: UInt64
  public let bytesTotal: UInt64
  public let events: UInt64

  public init(bytesRead: UInt64, bytesTotal: UInt64, events: UInt64) {
    self.bytesRead = bytesRead
    self.bytesTotal = bytesTotal
    self.events = events
  }
}
