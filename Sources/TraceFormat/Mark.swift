/// A moment that the program, or who started it, named: a mark, or more than one.
public struct Mark: Sendable, Hashable {
  /// What a moment is. The raw values are those of `mt_moment_kind`; a plain mark has none there.
  public enum Kind: UInt32, Sendable, CaseIterable {
    case mark = 0
    case snapshot = 1
    case phaseBegin = 2
    case phaseEnd = 3
    case pause = 4
    case resume = 5
    /// A snapshot at the moment at which a limit was reached.
    case threshold = 6
  }

  /// What a threshold was of, and how much was allowed.
  public struct Threshold: Sendable, Hashable {
    /// The raw values are those of `mt_measure`.
    public enum Measure: UInt32, Sendable, CaseIterable {
      case heap = 1
      case resident = 2
      case oom = 3
    }

    /// Nil if this version does not know it.
    public let measure: Measure?
    public let limitBytes: UInt64

    public init(measure: Measure?, limitBytes: UInt64) {
      self.measure = measure
      self.limitBytes = limitBytes
    }
  }

  /// After the start of recording.
  public var timeNanoseconds: UInt64
  public let thread: ThreadID
  /// As recorded, or what a window calls the moment; see `MarkLabels`.
  public var label: String
  public let kind: Kind
  /// The number of a free-standing phase; 0 for all else.
  public let phase: UInt64
  /// Of the process, at a snapshot or a threshold; 0 if it is not known.
  public let residentBytes: UInt64
  public let virtualBytes: UInt64
  /// Of a threshold.
  public let threshold: Threshold?

  /// Whether it shows what was live and resident.
  public var isSnapshot: Bool { kind == .snapshot || kind == .threshold }

  public init(
    timeNanoseconds: UInt64, thread: ThreadID, label: String, kind: Kind = .mark,
    phase: UInt64 = 0, residentBytes: UInt64 = 0, virtualBytes: UInt64 = 0,
    threshold: Threshold? = nil
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.thread = thread
    self.label = label
    self.kind = kind
    self.phase = phase
    self.residentBytes = residentBytes
    self.virtualBytes = virtualBytes
    self.threshold = threshold
  }

  /// The same moment in a time that began earlier.
  public func later(by nanoseconds: UInt64) -> Mark {
    var mark = self
    mark.timeNanoseconds &+= nanoseconds
    return mark
  }
}
