import Aggregation
import TraceFormat

/// The headline figures of several processes: sums where a sum means something, else what all held
/// together and which process had most.
struct GroupFigures {
  private let group: ProfileGroup
  private let trace: AnalyzedTrace
  private let leaks: SuppressedLeaks

  init(_ group: ProfileGroup, _ trace: AnalyzedTrace, _ leaks: SuppressedLeaks) {
    self.group = group
    self.trace = trace
    self.leaks = leaks
  }

  /// Processes, of which one that became other programs has several traces.
  static func processCount(_ group: ProfileGroup) -> Int {
    Set(group.members.map { [UInt64($0.process.pid), $0.process.processStartTicks] }).count
  }

  /// A peak of several processes: one figure if it is known, else two bounds.
  static func bounds(_ peak: PeakTogether) -> String {
    let (least, most) = (Quantity.bytes(peak.leastBytes), Quantity.bytes(peak.mostBytes))
    return least == most ? least : "\(least) to \(most)"
  }

  var rows: [SummaryFigure] {
    let totals = trace.profile.totals
    let peak = group.peakTogether
    let blocks = Quantity.counted(totals.leakedAllocations, "block")
    let moment = Quantity.moment(nanoseconds: peak.timeNanoseconds)
    var rows = [
      SummaryFigure("Allocations", Quantity.grouped(totals.allocations)),
      SummaryFigure(
        "Allocated", Quantity.bytes(totals.allocatedBytes), parts: most(\.allocatedBytes, after: "")
      ),
      SummaryFigure(
        "Peak", Self.bounds(peak), parts: ["all together, at \(moment)"] + most(\.peakBytes)),
      SummaryFigure(
        "Leaked", Quantity.bytes(totals.leakedBytes),
        parts: ["in \(blocks)", leaks.remark ?? ", live when their processes ended"]
          + most(\.leakedBytes)),
      SummaryFigure(
        "Temporary", Quantity.grouped(totals.temporaryAllocations),
        Quantity.percent(totals.temporaryAllocations, of: totals.allocations)),
    ]
    let processes = Self.processCount(group)
    if processes > 2 {
      rows.insert(
        SummaryFigure("Processes", Quantity.grouped(processes), parts: typical), at: 0)
    }
    return rows
  }

  /// Which process had most of a sum.
  private func most(_ sum: (HeapTotals) -> Int, after separator: String = "; ") -> [String] {
    guard group.members.count > 1, let member = group.largest(sum) else { return [] }
    return [
      "\(separator)most \(Quantity.bytes(sum(member.totals))), pid \(member.process.pid)",
      " \(ProcessText.name(of: member.process))",
    ]
  }

  /// How many there were at once, and what is usual for one of them.
  private var typical: [String] {
    func median<Value: Comparable>(_ values: [Value]) -> Value { values.sorted()[values.count / 2] }
    let members = group.members
    let allocated = Quantity.bytes(median(members.map(\.totals.allocatedBytes)))
    let peak = Quantity.bytes(median(members.map(\.totals.peakBytes)))
    return [
      "\(Quantity.grouped(mostAtOnce)) at once at most", "; half allocated \(allocated) or more",
      ", peaked at \(peak) or more",
    ]
  }

  private var mostAtOnce: Int {
    var changes: [(moment: Int64, change: Int)] = []
    for process in group.members.map(\.process) {
      let start = process.startRealtimeNanoseconds
      changes.append((start, 1))
      changes.append((start &+ Int64(clamping: process.durationNanoseconds), -1))
    }
    // Who ends when another begins made room for it.
    changes.sort { ($0.moment, $0.change) < ($1.moment, $1.change) }
    var running = 0
    var most = 0
    for (_, change) in changes {
      running += change
      most = max(most, running)
    }
    return max(1, most)
  }
}
