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
  }

  /// After the start of recording.
  public var timeNanoseconds: UInt64
  public let thread: ThreadID
  /// As recorded, or what a window calls the moment; see `MarkLabels`.
  public var label: String
  public let kind: Kind
  /// The number of a free-standing phase; 0 for all else.
  public let phase: UInt64
  /// Of the process, at a snapshot; 0 if it is not known.
  public let residentBytes: UInt64
  public let virtualBytes: UInt64

  public init(
    timeNanoseconds: UInt64, thread: ThreadID, label: String, kind: Kind = .mark,
    phase: UInt64 = 0, residentBytes: UInt64 = 0, virtualBytes: UInt64 = 0
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.thread = thread
    self.label = label
    self.kind = kind
    self.phase = phase
    self.residentBytes = residentBytes
    self.virtualBytes = virtualBytes
  }

  /// The same moment in a time that began earlier.
  public func later(by nanoseconds: UInt64) -> Mark {
    var mark = self
    mark.timeNanoseconds &+= nanoseconds
    return mark
  }
}
