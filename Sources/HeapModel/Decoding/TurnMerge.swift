import CTraceFormat
import TraceFormat
import TraceInput

/// Puts the words of several rings, which no writer took, into the order of their turns, by the same
/// rule as the recorder's writer: see "Order" in `trace_format.h`.
///
/// A ring's stamps divide its words into segments. Segments go by their turns, within one turn that
/// of the thread which took it first. What stands ahead of a ring's first stamp belongs to a turn
/// that the writer had begun to take: it goes first. O(words + segments log segments).
enum TurnMerge {
  private struct Segment {
    /// Twice the turn, relative to the first that was seen; plus one unless the thread took it.
    var key: Int64
    let run: Int
    var words: Range<Int>
  }

  /// The runs in pieces, in their order.
  static func merge(_ runs: [RawRun]) -> [RawRun] {
    guard runs.count > 1 else { return runs }
    var segments: [Segment] = []
    var first: UInt64?
    for (index, run) in runs.enumerated() {
      var segment = Segment(key: .min, run: index, words: 0..<0)
      forEachStamp(in: run.words) { place, stamp in
        let turn = stamp & (1 << UInt64(MT_RAW_TURN_BITS) - 1)
        let origin = first ?? turn
        first = origin
        segment.words = segment.words.lowerBound..<place
        if !segment.words.isEmpty { segments.append(segment) }
        let isTaken = stamp >> UInt64(MT_RAW_TURN_TAKEN_SHIFT) & 1 != 0
        segment = Segment(
          key: distance(from: origin, to: turn) * 2 + (isTaken ? 0 : 1), run: index,
          words: place..<place)
      }
      segment.words = segment.words.lowerBound..<run.words.count
      if !segment.words.isEmpty { segments.append(segment) }
    }
    // Segments of one run ascend, so the sort keeps their order as it is stable by place.
    let order = segments.indices.sorted {
      (segments[$0].key, segments[$0].run, $0) < (segments[$1].key, segments[$1].run, $1)
    }
    return order.map { place in
      let segment = segments[place]
      let run = runs[segment.run]
      return RawRun(
        thread: run.thread, slot: run.slot,
        position: run.position &+ UInt64(segment.words.lowerBound),
        words: Array(run.words[segment.words]))
    }
  }

  /// Turns lack their upper bits: of two, the nearer way counts.
  private static func distance(from origin: UInt64, to turn: UInt64) -> Int64 {
    let unused = 64 - UInt64(MT_RAW_TURN_BITS)
    return Int64(bitPattern: (turn &- origin) << unused) >> Int64(unused)
  }

  /// Calls `body` with the place of each stamp, as far as the words make sense.
  private static func forEachStamp(in words: [UInt64], _ body: (Int, UInt64) -> Void) {
    var place = 0
    while place < words.count, let length = length(at: place, in: words) {
      if words[place] >> UInt64(MT_RAW_KIND_SHIFT) == UInt64(MT_RAW_TURN.rawValue) {
        body(place, words[place])
      }
      place += length
    }
  }

  /// How many words stand together; `nil` for a kind that there is none of in a ring.
  private static func length(at place: Int, in words: [UInt64]) -> Int? {
    let word = words[place]
    switch mt_raw_kind(rawValue: UInt32(word >> UInt64(MT_RAW_KIND_SHIFT))) {
    case MT_RAW_PAD, MT_RAW_RELEASE, MT_RAW_REALLOC_FAILED, MT_RAW_TIME, MT_RAW_TURN,
      MT_RAW_PREFIX:
      return 1
    case MT_RAW_ALLOCATE, MT_RAW_REALLOCATE:
      guard place + 1 < words.count else { return nil }
      return words[place + 1] & UInt64(UInt32.max) == UInt64(MT_RAW_SIZE_LARGE) ? 3 : 2
    case MT_RAW_RELEASE_OF: return 2
    case MT_RAW_NODE: return 3
    case MT_RAW_RECORD, MT_RAW_SPECIAL: return 1 + (Int(word & UInt64(UInt32.max)) + 7) / 8
    case MT_RAW_OTHER: return 1 + Int(word & UInt64(UInt32.max))
    default: return nil
    }
  }
}
