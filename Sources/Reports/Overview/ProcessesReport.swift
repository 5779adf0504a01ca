import Aggregation
import TraceFormat

/// The summary of several traces: the processes of a run as a tree, each with its figures, then
/// what all of them did together.
public struct ProcessesReport: Report {
  let group: ProfileGroup
  /// The group's combined profile.
  let trace: AnalyzedTrace
  /// Entries in each ranking.
  let limit: Int
  let leaks: SuppressedLeaks

  /// Processes that the text shows: of more, those that allocated most.
  static let shownProcesses = 40

  /// Creates the report with `limit` entries in each ranking.
  public init(
    _ group: ProfileGroup, _ trace: AnalyzedTrace, limit: Int,
    suppressions: LeakSuppressionList = LeakSuppressionList()
  ) {
    self.group = group
    self.trace = trace
    self.limit = limit
    leaks = SuppressedLeaks(trace, suppressions)
  }

  /// Writes the report as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    let notices = trace.notices
    let processes = Set(
      group.members.map { [UInt64($0.process.pid), $0.process.processStartTicks] })
    output.write(
      style.title(Quantity.counted(processes.count, "process", "processes"))
        + " in \(Quantity.counted(group.members.count, "trace")), "
        + "\(Quantity.bytes(trace.profile.inventory.fileBytes)), over "
        + Quantity.elapsed(nanoseconds: trace.profile.process.durationNanoseconds) + "\n")
    ReportHeading.writeFilter(of: trace, to: &output, style: style)
    NoticeText.write(notices.filter { $0.severity == .damage }, to: &output, style: style)
    writeProcesses(to: &output, style)
    writeSums(to: &output, style)
    NoticeText.write(notices.filter { $0.severity != .damage }, to: &output, style: style)
    guard trace.profile.totals.allocations > 0 else { return }
    var shown: [PresentedStack.ID: String] = [:]
    for (kind, label) in SummaryReport.rankings {
      leaks.write(kind, label: label, limit: limit, shown: &shown, to: &output, style: style)
    }
  }

  private func writeProcesses(to output: inout some TextOutputStream, _ style: TextStyle) {
    let kept = keptMembers()
    var table = TextTable([
      ("Program", .left), ("Pid", .right), ("Allocations", .right), ("Allocated", .right),
      ("Peak", .right), ("Leaked", .right), ("Time", .right), ("End", .left),
    ])
    for (index, member) in group.members.enumerated() where kept.contains(index) {
      let totals = member.totals
      table.add([
        TextTable.spaces(2 * min(member.depth, 12)) + member.process.program,
        String(member.process.pid), Quantity.grouped(totals.allocations),
        Quantity.bytes(totals.allocatedBytes), Quantity.bytes(totals.peakBytes),
        Quantity.bytes(totals.leakedBytes),
        Quantity.elapsed(nanoseconds: member.process.durationNanoseconds),
        ProcessText.ending(of: member.process) + (member.isDamaged ? ", damaged" : ""),
      ])
    }
    output.write("\n")
    table.write(to: &output, indent: "  ", style: style)
    let rest = group.members.indices.filter { !kept.contains($0) }
    guard !rest.isEmpty else { return }
    let bytes = rest.reduce(0) { $0 &+ group.members[$1].totals.allocatedBytes }
    output.write(
      "  "
        + style.faint(
          "… \(Quantity.counted(rest.count, "more trace")) with \(Quantity.bytes(bytes)); "
            + "--json has them all") + "\n")
  }

  private func keptMembers() -> Set<Int> {
    let largest = group.members.indices.sorted {
      (group.members[$0].totals.allocatedBytes, $1) > (group.members[$1].totals.allocatedBytes, $0)
    }
    return Set(largest.prefix(Self.shownProcesses))
  }

  private func writeSums(to output: inout some TextOutputStream, _ style: TextStyle) {
    let totals = trace.profile.totals
    let peak = group.peakTogether
    let bound =
      peak.leastBytes == peak.mostBytes ? "" : " to \(Quantity.bytes(peak.mostBytes))"
    let moment = Quantity.moment(nanoseconds: peak.timeNanoseconds)
    let rows = [
      ("Allocations", Quantity.grouped(totals.allocations), ""),
      ("Frees", Quantity.grouped(totals.frees), ""),
      ("Allocated", Quantity.bytes(totals.allocatedBytes), ""),
      (
        "Peak", Quantity.bytes(peak.leastBytes) + bound,
        "all processes together, at \(moment); their own peaks add up to "
          + Quantity.bytes(totals.peakBytes)
      ),
      (
        "Leaked", Quantity.bytes(totals.leakedBytes),
        "in \(Quantity.counted(totals.leakedAllocations, "block")), live when their processes ended"
      ),
      ("Temporary", Quantity.grouped(totals.temporaryAllocations), ""),
    ]
    output.write("\n")
    let width = rows.reduce(0) { max($0, SafeText.columns($1.1)) }
    for (label, value, remark) in rows {
      output.write(
        "  " + style.faint(label) + TextTable.spaces(13 - label.count)
          + TextTable.spaces(width - SafeText.columns(value)) + style.strong(value)
          + (remark.isEmpty ? "" : "   " + style.faint(remark)) + "\n")
    }
    let line = Sparkline.heap(trace.profile.timeline, columns: min(60, style.width - 17))
    if !line.isEmpty { output.write("\n  \(style.faint("Heap"))         \(line)\n") }
  }
}
