import Aggregation

/// How far the reading of several traces, one after the other, has come.
struct GroupProgress {
  private let tell: (LoadProgress) -> Void
  private let bytesTotal: UInt64
  private var bytesBefore: UInt64 = 0
  private var eventsBefore: UInt64 = 0
  private var eventsHere: UInt64 = 0

  init(bytesTotal: UInt64, _ tell: @escaping (LoadProgress) -> Void) {
    self.tell = tell
    self.bytesTotal = bytesTotal
  }

  /// Shows how far the trace being read has come.
  mutating func show(_ here: LoadProgress) {
    eventsHere = here.events
    tell(
      LoadProgress(
        bytesRead: bytesBefore &+ here.bytesRead, bytesTotal: bytesTotal,
        events: eventsBefore &+ here.events))
  }

  /// The trace, of so many bytes, has been read, or cannot be.
  mutating func goOn(afterBytes bytes: UInt64) {
    bytesBefore &+= bytes
    eventsBefore &+= eventsHere
    eventsHere = 0
  }
}
