import TraceFormat

/// The time lines of several processes laid over each other by real time.
///
/// Within one interval a process's live bytes were somewhere between the least and the most of that
/// interval, so every sum over processes is known between two bounds.
struct GroupTimeline {
  /// One process's time line.
  struct Line {
    let startRealtimeNanoseconds: Int64
    let points: [TimelinePoint]
    /// Where the first point's interval begins.
    let firstNanoseconds: UInt64
    let peakBytes: Int
    let peakTimeNanoseconds: UInt64
    let durationNanoseconds: UInt64

    init(_ profile: HeapProfile) {
      startRealtimeNanoseconds = profile.process.startRealtimeNanoseconds
      points = profile.timeline
      firstNanoseconds = profile.selection?.window.lowerBound ?? 0
      peakBytes = profile.totals.peakBytes
      peakTimeNanoseconds = profile.totals.peakTimeNanoseconds
      durationNanoseconds = max(
        profile.process.durationNanoseconds, profile.timeline.last?.timeNanoseconds ?? 0)
    }
  }

  let startRealtimeNanoseconds: Int64
  let durationNanoseconds: UInt64
  private let lines: [Line]

  init(_ lines: [Line]) {
    self.lines = lines
    let start = lines.map(\.startRealtimeNanoseconds).min() ?? 0
    startRealtimeNanoseconds = start
    durationNanoseconds =
      lines.map { Self.offset(of: $0, from: start) &+ $0.durationNanoseconds }.max() ?? 0
  }

  private static func offset(of line: Line, from start: Int64) -> UInt64 {
    UInt64(clamping: line.startRealtimeNanoseconds.subtractingReportingOverflow(start).partialValue)
  }

  /// The largest sum at one moment. O(n log n) in the points of all lines.
  func peak() -> PeakTogether {
    enum Change: Int { case leaves, enters, peaks }
    var changes: [(time: UInt64, kind: Change, line: Int, least: Int, most: Int)] = []
    for (number, line) in lines.enumerated() {
      let offset = Self.offset(of: line, from: startRealtimeNanoseconds)
      var begin = offset &+ line.firstNanoseconds
      for point in line.points {
        let end = offset &+ point.timeNanoseconds
        changes.append((begin, .enters, number, point.minimumBytes, point.maximumBytes))
        changes.append((end, .leaves, number, point.minimumBytes, point.maximumBytes))
        begin = end
      }
      changes.append((offset &+ line.peakTimeNanoseconds, .peaks, number, 0, line.peakBytes))
    }
    changes.sort { ($0.time, $0.kind.rawValue, $0.line) < ($1.time, $1.kind.rawValue, $1.line) }

    var peak = PeakTogether()
    var (least, most) = (0, 0)
    var leastOfLine = [Int](repeating: 0, count: lines.count)
    func note(_ bytes: Int, at time: UInt64) {
      if bytes > peak.leastBytes { (peak.leastBytes, peak.timeNanoseconds) = (bytes, time) }
    }
    for change in changes {
      switch change.kind {
      case .leaves:
        least -= change.least
        most -= change.most
        leastOfLine[change.line] -= change.least
      case .enters:
        least += change.least
        most += change.most
        leastOfLine[change.line] += change.least
        note(least, at: change.time)
        peak.mostBytes = max(peak.mostBytes, most)
      case .peaks:
        // This process's own figure is exact here.
        note(least - leastOfLine[change.line] + change.most, at: change.time)
      }
    }
    peak.mostBytes = max(peak.mostBytes, peak.leastBytes)
    return peak
  }

  /// The sum over a window of time, in at most `limit` intervals of one length.
  func points(limit: Int, in window: Range<UInt64> = HeapQuery.wholeRun) -> [TimelinePoint] {
    let start = min(window.lowerBound, durationNanoseconds)
    let length = min(window.upperBound, durationNanoseconds) - start
    guard length > 0, limit > 0 else { return [] }
    let width = max(1, (length - 1) / UInt64(limit) + 1)
    let count = Int((length - 1) / width) + 1
    var sums = (0..<count).map { number in
      TimelinePoint(
        timeNanoseconds: start + (number + 1 == count ? length : UInt64(number + 1) * width),
        liveBytes: 0,
        minimumBytes: 0, maximumBytes: 0, liveAllocations: 0, allocations: 0, allocatedBytes: 0)
    }
    for line in lines { add(line, from: start, width: width, to: &sums) }
    return sums
  }

  private func add(
    _ line: Line, from start: UInt64, width: UInt64, to sums: inout [TimelinePoint]
  ) {
    func cell(of time: UInt64) -> Int {
      min(Int(clamping: (max(time, start) - start) / width), sums.count - 1)
    }
    let offset = Self.offset(of: line, from: startRealtimeNanoseconds)
    let last = offset &+ (line.points.last?.timeNanoseconds ?? 0)
    var least = [Int?](repeating: nil, count: sums.count)
    var most = [Int](repeating: 0, count: sums.count)
    let first = offset &+ line.firstNanoseconds
    var begin = first
    for point in line.points {
      let end = offset &+ point.timeNanoseconds
      let cells = cell(of: begin)...cell(of: max(begin, end &- 1))
      for number in cells {
        least[number] = min(least[number] ?? .max, point.minimumBytes)
        most[number] = max(most[number], point.maximumBytes)
        let cellEnd = sums[number].timeNanoseconds
        // A cell's end shows the interval that it lies in, or touches.
        if cellEnd > begin, cellEnd <= end {
          sums[number].liveBytes += point.liveBytes
          sums[number].liveAllocations += point.liveAllocations
        }
      }
      sums[cells.upperBound].allocations += point.allocations
      sums[cells.upperBound].allocatedBytes += point.allocatedBytes
      begin = end
    }
    for (number, bytes) in least.enumerated() {
      guard let bytes else { continue }
      let cellStart = number == 0 ? start : sums[number - 1].timeNanoseconds
      // Before its start and after its end it held nothing.
      let isWhole = first <= cellStart && last >= sums[number].timeNanoseconds
      sums[number].minimumBytes += isWhole ? bytes : 0
      sums[number].maximumBytes += most[number]
    }
  }
}
