import CTraceFormat

/// How exact a trace's order of events is between threads, and how fresh their times.
public struct RecordedOrder: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// By turns: what neither took a turn nor passed a bound may change places.
    case bounded
    /// Each event has a turn of its own.
    case exact
  }

  public let kind: Kind
  /// A thread allocates less than this between two turns that it notes.
  public let boundBytes: UInt64
  /// And has fewer events.
  public let boundEvents: UInt32
  /// An event's time is at most so much earlier than the event; `nil` if the recorder does not say.
  public let clockIntervalNanoseconds: UInt64?

  public init(
    kind: Kind, boundBytes: UInt64, boundEvents: UInt32, clockIntervalNanoseconds: UInt64?
  ) {
    self.kind = kind
    self.boundBytes = boundBytes
    self.boundEvents = boundEvents
    self.clockIntervalNanoseconds = clockIntervalNanoseconds
  }
}

extension RecordedOrder {
  /// `nil` for a kind that this version does not know.
  public init?(_ order: mt_order) {
    switch mt_order_kind(rawValue: order.kind) {
    case MT_ORDER_BOUNDED: kind = .bounded
    case MT_ORDER_EXACT: kind = .exact
    default: return nil
    }
    boundBytes = order.bound_bytes
    boundEvents = order.bound_events
    clockIntervalNanoseconds = order.clock_interval_ns == 0 ? nil : order.clock_interval_ns
  }
}
