import CTraceFormat
import TraceFormat

/// A run of raw words that one thread wrote, as `MT_RAW_LANE` announces it.
public struct RawRun: Sendable, Hashable {
  public let thread: ThreadID
  /// Of the ring that the words came from.
  public let slot: UInt32
  /// In the ring, of the first word; counts words since the slot's first use.
  public let position: UInt64
  public let words: [UInt64]

  public init(thread: ThreadID, slot: UInt32, position: UInt64, words: [UInt64]) {
    self.thread = thread
    self.slot = slot
    self.position = position
    self.words = words
  }

  /// In the ring, one past the last word.
  var end: UInt64 { position &+ UInt64(words.count) }

  /// Reads the runs of a staging area or of a raw chunk, each led by its `MT_RAW_LANE`.
  ///
  /// - Throws: `TraceError` of kind `damaged`.
  public static func parse(_ bytes: UnsafeRawBufferPointer) throws(TraceError) -> [RawRun] {
    let count = bytes.count / 8
    func word(_ index: Int) -> UInt64 {
      bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
    }
    var runs: [RawRun] = []
    var next = 0
    while next < count {
      let lead = word(next)
      if lead >> UInt64(MT_RAW_KIND_SHIFT) == UInt64(MT_RAW_PAD.rawValue) {
        next += 1
        continue
      }
      guard lead >> UInt64(MT_RAW_KIND_SHIFT) == UInt64(MT_RAW_LANE.rawValue), count - next >= 3
      else { throw TraceError(kind: .damaged, cause: "raw words do not begin with their lane") }
      let length = word(next + 2)
      guard length <= UInt64(count - next - 3) else {
        throw TraceError(kind: .damaged, cause: "a run of raw words ends early")
      }
      let first = next + 3
      next = first + Int(length)
      runs.append(
        RawRun(
          thread: ThreadID(rawValue: UInt32(truncatingIfNeeded: lead)),
          slot: UInt32(truncatingIfNeeded: lead >> 32) & 0x0fff_ffff, position: word(first - 2),
          words: (first..<next).map(word)))
    }
    return runs
  }
}
