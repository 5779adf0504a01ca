import Aggregation
import TraceFormat

/// How the heap and the process's resident memory grow together: what tells a leak from memory that
/// the allocator holds.
struct MemoryTrend {
  /// After warm-up, in bytes per second; `nil` where too little is known.
  let heapBytesPerSecond: Double?
  let residentBytesPerSecond: Double?
  /// At the end: what is resident above what the program has live.
  let residentAboveHeapBytes: Int?
  /// At the end: as much as the live blocks could hold, a page or two each, if they lay scattered.
  let scatteredBytes: Int

  /// Whether what is resident can be compared: the blocks that count are all there are.
  private let isOfAllBlocks: Bool

  /// Finds the trends after a moment, up to the end of the profile's window.
  init(_ profile: HeapProfile, after warmUp: UInt64, isOfAllBlocks: Bool = true) {
    self.isOfAllBlocks = isOfAllBlocks
    let points = profile.timeline.dropLast().filter { $0.timeNanoseconds > warmUp }
    heapBytesPerSecond = Self.slope(points.map { ($0.timeNanoseconds, $0.minimumBytes) })
    let end = profile.timeline.last?.timeNanoseconds ?? .max
    let inTime = isOfAllBlocks ? profile.memorySamples.filter { $0.timeNanoseconds <= end } : []
    let samples = inTime.dropLast().filter { $0.timeNanoseconds > warmUp }
    residentBytesPerSecond = Self.slope(
      samples.map { ($0.timeNanoseconds, Int(clamping: $0.residentBytes)) })
    // The last interval is the program's end, which may tear its data down.
    let last = profile.timeline.dropLast().last ?? profile.timeline.last
    let resident = inTime.dropLast().last ?? inTime.last
    if let last, let resident, let first = inTime.first {
      // What was resident when recording began is the program itself.
      let own = Int(clamping: resident.residentBytes) - Int(clamping: first.residentBytes)
      residentAboveHeapBytes = max(0, own - last.liveBytes)
    } else {
      residentAboveHeapBytes = nil
    }
    scatteredBytes = (last?.liveAllocations ?? 0) * 2 * profile.process.pageBytes
  }

  /// The robust slope per second of values that stand at about equal distances; at most 100 of
  /// them are looked at.
  private static func slope(_ values: [(time: UInt64, value: Int)]) -> Double? {
    guard values.count >= 8, let first = values.first, let last = values.last,
      last.time > first.time
    else { return nil }
    let step = max(1, values.count / 100)
    let chosen = stride(from: 0, to: values.count, by: step).map { values[$0] }
    let seconds = Double(chosen[chosen.count - 1].time - chosen[0].time) / 1e9
    return RobustTrend(chosen.map(\.value)).slope / (seconds / Double(chosen.count - 1))
  }

  /// What the two trends mean, in a sentence.
  func explanation(threshold: Double) -> String {
    guard let heap = heapBytesPerSecond else {
      return "The run is too short to tell how the heap grows."
    }
    guard isOfAllBlocks else {
      return heap >= threshold
        ? "What these blocks hold grows by \(Self.rate(heap))."
        : "What these blocks hold does not grow."
    }
    guard let resident = residentBytesPerSecond else {
      return heap >= threshold
        ? "The heap grows by \(Self.rate(heap)). Of resident memory too little was sampled."
        : "The heap does not grow. Of resident memory too little was sampled."
    }
    let both = "The heap grows by \(Self.rate(heap)), resident memory by \(Self.rate(resident))."
    if heap >= threshold {
      return resident > 1.5 * heap + threshold
        ? both + " More than the heap grows: fragmentation, memory that the allocator keeps, or "
          + "memory that was mapped."
        : both + " What grows is live blocks."
    }
    if resident >= threshold {
      return "The heap does not grow, but resident memory does, by \(Self.rate(resident)): "
        + above
    }
    guard let rest = residentAboveHeapBytes, rest > 16 << 20 else {
      return "Neither the heap nor resident memory grows."
    }
    return "Neither the heap nor resident memory grows. \(Quantity.bytes(rest)) more are resident "
      + "than live: " + above
  }

  private var above: String {
    guard let rest = residentAboveHeapBytes, rest > scatteredBytes else {
      return "fragmentation, where few live blocks hold whole pages, or memory that the allocator "
        + "keeps."
    }
    return "more than the live blocks could hold by lying scattered, so the allocator keeps it, or "
      + "it was mapped."
  }

  static func rate(_ bytesPerSecond: Double) -> String {
    bytesPerSecond < 0.5 ? "nothing" : Quantity.bytes(UInt64(bytesPerSecond.rounded())) + "/s"
  }
}
