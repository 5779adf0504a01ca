import Aggregation
import TraceFormat

/// How the heap and the process's resident memory grow together: what tells a leak from memory that
/// the allocator holds.
struct MemoryTrend {
  /// After warm-up, in bytes per second; `nil` where too little is known.
  let heapBytesPerSecond: Double?
  let residentBytesPerSecond: Double?
  /// Likewise of all the program's resident memory, files and shared memory among it.
  private let allBytesPerSecond: Double?
  /// At the end: what is resident above what the program has live.
  let residentAboveHeapBytes: Int?
  /// At the end: as much as the live blocks could hold, a page or two each, if they lay scattered.
  let scatteredBytes: Int

  private static let fewestPoints = 8

  /// Whether what is resident can be compared: the blocks that count are all there are.
  private let isOfAllBlocks: Bool
  private let isOfOneProcess: Bool

  /// Finds the trends after a moment, up to the end of the profile's window; `whole` is what became
  /// of all blocks.
  init(
    _ profile: HeapProfile, whole: HeapGrowth, after warmUp: UInt64, isOfAllBlocks: Bool = true
  ) {
    self.isOfAllBlocks = isOfAllBlocks
    isOfOneProcess = profile.traceCount == 1
    let points = profile.timeline.dropLast().filter { $0.timeNanoseconds > warmUp }
    heapBytesPerSecond = points.count < Self.fewestPoints ? nil : whole.bytesPerSecond
    let end = profile.timeline.last?.timeNanoseconds ?? .max
    let inTime = isOfAllBlocks ? profile.memorySamples.filter { $0.timeNanoseconds <= end } : []
    let isAnonymous = inTime.allSatisfy { $0.parts != nil }
    residentName = isAnonymous ? "Anonymous resident memory" : "Resident memory"
    let samples = inTime.dropLast().filter { $0.timeNanoseconds > warmUp }
    residentBytesPerSecond = Self.slope(Self.atEqualDistances(Array(samples), \.programBytes))
    allBytesPerSecond = Self.slope(
      Self.atEqualDistances(Array(samples)) {
        $0.residentBytes - min($0.residentBytes, $0.parts?.ownBytes ?? 0)
      })
    // The last interval is the program's end, which may tear its data down.
    let last = profile.timeline.dropLast().last ?? profile.timeline.last
    let resident = inTime.dropLast().last ?? inTime.last
    if let last, let resident, let first = inTime.first {
      // What was resident when recording began is the program itself.
      let own = Int(clamping: resident.programBytes) - Int(clamping: first.programBytes)
      residentAboveHeapBytes = max(0, own - last.liveBytes)
    } else {
      residentAboveHeapBytes = nil
    }
    scatteredBytes = (last?.liveAllocations ?? 0) * 2 * profile.process.pageBytes
  }

  /// Samples at equal distances: one that is not there is like that before it, for while nothing
  /// changes few are taken. Empty if they are of less than a second.
  private static func atEqualDistances(
    _ samples: [MemorySample], _ bytes: (MemorySample) -> UInt64
  ) -> [(UInt64, Int)] {
    guard let first = samples.first, let last = samples.last,
      last.timeNanoseconds - first.timeNanoseconds >= 800_000_000
    else { return [] }
    let step = (last.timeNanoseconds - first.timeNanoseconds) / 63
    var next = samples.startIndex
    return (0..<64).map { point in
      let time = first.timeNanoseconds + UInt64(point) * step
      while next + 1 < samples.count, samples[next + 1].timeNanoseconds <= time { next += 1 }
      return (time, Int(clamping: bytes(samples[next])))
    }
  }

  /// The robust slope per second of values that stand at about equal distances; at most 100 of
  /// them are looked at.
  private static func slope(_ values: [(time: UInt64, value: Int)]) -> Double? {
    guard values.count >= fewestPoints, let first = values.first, let last = values.last,
      last.time > first.time
    else { return nil }
    let step = max(1, values.count / 100)
    let chosen = stride(from: 0, to: values.count, by: step).map { values[$0] }
    let seconds = Double(chosen[chosen.count - 1].time - chosen[0].time) / 1e9
    return RobustTrend(chosen.map(\.value)).slope / (seconds / Double(chosen.count - 1))
  }

  private func heapRate(_ whole: HeapGrowth, _ suspects: [Double]) -> Double {
    max(whole.bytesPerSecond, suspects.reduce(0, +), heapBytesPerSecond ?? 0)
  }

  /// Whether resident memory grows, and the heap too little to be why.
  func growsBeyondHeap(threshold: Double, whole: HeapGrowth, suspects: [Double]) -> Bool {
    guard isOfAllBlocks, isOfOneProcess else { return false }
    let least = 1.5 * heapRate(whole, suspects) + threshold
    return [residentBytesPerSecond, allBytesPerSecond].contains { ($0 ?? 0) > least }
  }

  /// What the trends and the verdicts mean, in some sentences: of the heap first, then of resident
  /// memory. `whole` is the verdict on all blocks as one, `suspects` and `slow` are the rates of the
  /// stacks that grow. `terms` says what of resident memory grows, if that is known.
  func explanation(
    threshold: Double, whole: HeapGrowth, suspects: [Double], slow: [Double], terms: String? = nil
  ) -> String {
    let ofHeap = ofHeap(threshold, whole, suspects, slow)
    guard isOfAllBlocks, isOfOneProcess else { return ofHeap }
    guard let resident = residentBytesPerSecond else {
      return ofHeap + " Too few samples of resident memory were taken to compare it."
    }
    if let terms {
      let rate = max(resident, allBytesPerSecond ?? 0)
      return ofHeap + " Resident memory grows by \(Self.rate(rate)). " + terms
    }
    if growsBeyondHeap(threshold: threshold, whole: whole, suspects: suspects),
      resident > 1.5 * heapRate(whole, suspects) + threshold
    {
      return ofHeap + " \(residentName) grows by \(Self.rate(resident)): " + above
    }
    if resident >= threshold { return ofHeap + " \(residentName) grows by \(Self.rate(resident))." }
    guard let rest = residentAboveHeapBytes, rest > 16 << 20 else {
      return ofHeap + " \(residentName) does not grow."
    }
    return ofHeap + " \(residentName) does not grow. \(Quantity.bytes(rest)) more are resident "
      + "than live: " + above
  }

  private func ofHeap(
    _ threshold: Double, _ whole: HeapGrowth, _ suspects: [Double], _ slow: [Double]
  ) -> String {
    let subject =
      isOfAllBlocks
      ? isOfOneProcess ? "The heap" : "What all processes hold" : "What these blocks hold"
    let all = heapBytesPerSecond ?? 0
    guard suspects.isEmpty else {
      let entries =
        suspects.count == 1
        ? "The suspect below grows" : "The \(suspects.count) suspects below grow"
      let rate = Self.rate(suspects.reduce(0, +))
      return whole.verdict == .grows
        ? "\(subject) grows by \(Self.rate(whole.bytesPerSecond)). \(entries) by \(rate)."
        : "\(entries) by \(rate); \(subject.lowercased()) as a whole does not grow steadily."
    }
    guard heapBytesPerSecond != nil else {
      return "The run is too short to tell how the heap grows."
    }
    let risen = all >= threshold
    if !slow.isEmpty {
      let stacks = slow.count == 1 ? "one stack grows" : "\(slow.count) stacks grow"
      let rate = Self.rate(slow.reduce(0, +))
      return risen
        ? "\(subject) has risen, by \(Self.rate(all)) on average, but of what it holds \(stacks) "
          + "steadily to the end, by \(rate)."
        : "\(subject) grows slowly: \(stacks) by \(rate)."
    }
    return risen
      ? "\(subject) has risen, by \(Self.rate(all)) on average, but nothing in it grows steadily "
        + "to the end."
      : "\(subject) does not grow."
  }

  private let residentName: String

  private var above: String {
    guard let rest = residentAboveHeapBytes, rest > scatteredBytes else {
      return "fragmentation, where few live blocks hold whole pages, or memory that the allocator "
        + "keeps."
    }
    return "more than the live blocks could hold by lying scattered, so the allocator keeps it, or "
      + "it was mapped."
  }

  static func rate(_ bytesPerSecond: Double) -> String {
    bytesPerSecond < 0.5
      ? "nothing" : Quantity.bytes(UInt64(saturating: bytesPerSecond.rounded())) + "/s"
  }
}
