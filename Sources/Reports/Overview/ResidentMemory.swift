import Aggregation
import TraceFormat

/// The process's resident memory beside what it had live: the most there ever was, and how far the
/// two are apart at the end, at the peak, and where they are furthest apart.
struct ResidentMemory {
  /// A sample and what was live then.
  struct Comparison {
    let timeNanoseconds: UInt64
    /// The program's anonymous memory, or all that is resident where that is all that is known.
    let residentBytes: Int
    let liveBytes: Int
    let isAnonymous: Bool

    /// What is resident beyond what is live.
    var excessBytes: Int { max(0, residentBytes - liveBytes) }
    var isFarAbove: Bool {
      residentBytes >= 2 * liveBytes && excessBytes >= ResidentMemory.farBytes
    }
  }

  /// Less than this beyond the heap is what every process has: stacks, libraries' variables.
  private static let farBytes = 16 << 20

  /// The most that was resident, memory of all kinds.
  let mostBytes: Int
  /// Whether that is the kernel's own count; else the largest sample.
  let isKernelsCount: Bool
  /// How long before the process's end that was looked at last: at the end itself, unless the process was
  /// killed or left by a raw system call.
  let unseenNanoseconds: UInt64
  /// Of what is resident at the end: the recorder's own.
  let ownBytes: Int?
  let atEnd: Comparison
  let atPeak: Comparison
  let furthest: Comparison

  /// `nil` without a sample.
  init?(_ profile: HeapProfile) {
    guard let last = profile.memorySamples.last else { return nil }
    mostBytes = Int(clamping: profile.memorySamples.map(\.mostBytes).max() ?? 0)
    isKernelsCount = last.highWaterBytes != nil
    unseenNanoseconds = Self.unseenNanoseconds(profile.process, after: last)
    ownBytes = last.parts.map { Int(clamping: $0.ownBytes) }
    func compare(_ sample: MemorySample, live: Int) -> Comparison {
      Comparison(
        timeNanoseconds: sample.timeNanoseconds, residentBytes: Int(clamping: sample.programBytes),
        liveBytes: live, isAnonymous: sample.parts != nil)
    }
    atEnd = compare(last, live: profile.totals.leakedBytes)
    let peak = profile.totals.peakTimeNanoseconds
    let live = profile.totals.peakBytes
    let after = profile.memorySamples.first { $0.timeNanoseconds >= peak } ?? last
    let before = profile.memorySamples.last { $0.timeNanoseconds <= peak } ?? after
    let isNearer =
      Self.distance(before.timeNanoseconds, peak) < Self.distance(after.timeNanoseconds, peak)
    let (nearer, other) = isNearer ? (before, after) : (after, before)
    // A peak may end before the next look, which then says less of it than the one before.
    let tellsLess =
      Int(clamping: nearer.programBytes) < live
      && other.programBytes > nearer.programBytes
    atPeak = compare(tellsLess ? other : nearer, live: live)
    var furthest = atEnd
    var next = profile.timeline.startIndex
    for sample in profile.memorySamples {
      while next < profile.timeline.endIndex - 1,
        profile.timeline[next].timeNanoseconds < sample.timeNanoseconds
      {
        next += 1
      }
      guard next < profile.timeline.endIndex else { break }
      let here = compare(sample, live: profile.timeline[next].maximumBytes)
      if here.excessBytes > furthest.excessBytes { furthest = here }
    }
    self.furthest = furthest
  }

  private static func unseenNanoseconds(
    _ process: TracedProcess, after last: MemorySample
  ) -> UInt64 {
    switch process.end.reason {
    case .exit, .exec, .abort, .recordingStopped: 0
    case .unknown where process.isBeingRecorded: 0
    case .unknown, .signal, .exitNow:
      process.durationNanoseconds - min(process.durationNanoseconds, last.timeNanoseconds)
    }
  }

  private static func distance(_ left: UInt64, _ right: UInt64) -> UInt64 {
    left > right ? left - right : right - left
  }
}
