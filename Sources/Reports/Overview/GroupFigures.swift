import Aggregation
import TraceFormat

/// The headline figures of several processes: sums where a sum means something, else what all held
/// together and which process had most.
struct GroupFigures {
  private let group: ProfileGroup
  private let trace: AnalyzedTrace

  init(_ group: ProfileGroup, _ trace: AnalyzedTrace) {
    self.group = group
    self.trace = trace
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

  /// Label, value and remark of each.
  var rows: [(label: String, value: String, remark: String)] {
    let totals = trace.profile.totals
    let peak = group.peakTogether
    let blocks = Quantity.counted(totals.leakedAllocations, "block")
    var rows: [(label: String, value: String, remark: String)] = [
      ("Allocations", Quantity.grouped(totals.allocations), ""),
      ("Allocated", Quantity.bytes(totals.allocatedBytes), most(\.allocatedBytes)),
      (
        "Peak", Self.bounds(peak),
        [
          "all together, at \(Quantity.moment(nanoseconds: peak.timeNanoseconds))",
          most(\.peakBytes),
        ]
        .filter { !$0.isEmpty }.joined(separator: "; ")
      ),
      (
        "Leaked", Quantity.bytes(totals.leakedBytes),
        ["in \(blocks), live when their processes ended", most(\.leakedBytes)]
          .filter { !$0.isEmpty }.joined(separator: "; ")
      ),
      (
        "Temporary", Quantity.grouped(totals.temporaryAllocations),
        Quantity.percent(totals.temporaryAllocations, of: totals.allocations)
      ),
    ]
    let processes = Self.processCount(group)
    if processes > 2 {
      rows.insert(("Processes", Quantity.grouped(processes), typical), at: 0)
    }
    return rows
  }

  /// Which process had most of a sum.
  private func most(_ sum: (HeapTotals) -> Int) -> String {
    guard group.members.count > 1, let member = group.largest(sum) else { return "" }
    return "most \(Quantity.bytes(sum(member.totals))), pid \(member.process.pid) "
      + ProcessText.name(of: member.process)
  }

  /// How many there were at once, and what is usual for one of them.
  private var typical: String {
    func median<Value: Comparable>(_ values: [Value]) -> Value { values.sorted()[values.count / 2] }
    let members = group.members
    return "\(Quantity.grouped(mostAtOnce)) at once at most; half of them allocated "
      + "\(Quantity.bytes(median(members.map(\.totals.allocatedBytes)))) or more, peaked at "
      + "\(Quantity.bytes(median(members.map(\.totals.peakBytes)))) or more"
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
