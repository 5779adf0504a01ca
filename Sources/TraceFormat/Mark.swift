/// A moment that the program named while it ran.
public struct Mark: Sendable, Hashable {
  /// After the start of recording.
  public let timeNanoseconds: UInt64
  public let thread: ThreadID
  public let label: String

  public init(timeNanoseconds: UInt64, thread: ThreadID, label: String) {
    self.timeNanoseconds = timeNanoseconds
    self.thread = thread
    self.label = label
  }
}
