import TraceFormat

/// A run of raw words that one thread wrote, as `MT_RAW_LANE` announces it.
public struct RawRun: Sendable, Hashable {
  public let thread: ThreadID
  /// Of the ring that the words came from.
  public let slot: UInt32
  /// In the ring, of the first word; counts words since the slot's first use.
  public let position: UInt64
  /// Low 32 bits of the sequence of the thread's next allocation at that position.
  public let sequence: UInt32
  /// Words at the start that were already seen elsewhere: they only move the sequence on.
  public let seenWords: Int
  public let words: [UInt64]

  public init(
    thread: ThreadID, slot: UInt32, position: UInt64, sequence: UInt32, seenWords: Int = 0,
    words: [UInt64]
  ) {
    self.thread = thread
    self.slot = slot
    self.position = position
    self.sequence = sequence
    self.seenWords = seenWords
    self.words = words
  }
}
