import Aggregation
import TraceFormat

/// The summary of several traces: which process matters, the processes of the run as a tree, and what
/// all of them did together; on one page of a terminal (`SummaryPage`) or at length.
public struct ProcessesReport: Report {
  let group: ProfileGroup
  /// The group's combined profile.
  let trace: AnalyzedTrace
  /// Entries in each ranking; nil for as many as the form has room for.
  let limit: Int?
  let isLong: Bool
  let leaks: SuppressedLeaks

  /// Rows of processes at length; of more, those that allocated most.
  private static let longRows = 40
  private static let longLimit = 5
  var longLimit: Int { limit ?? Self.longLimit }

  /// Creates the report with `limit` entries in each ranking.
  public init(
    _ group: ProfileGroup, _ trace: AnalyzedTrace, limit: Int? = nil, isLong: Bool = false,
    suppressions: LeakSuppressionList = LeakSuppressionList()
  ) {
    self.group = group
    self.trace = trace
    self.limit = limit
    self.isLong = isLong
    leaks = SuppressedLeaks(trace, suppressions)
  }

  /// Writes the report as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    let notices = trace.notices
    var head = ""
    writeTitle(to: &head, style)
    ReportHeading.writeFilter(of: trace, to: &head, style: style)
    NoticeText.write(notices.filter { $0.severity == .damage }, to: &head, style: style)
    let room = max(SummaryPage.leastLines, style.height)
    ProcessTable(group, limit: isLong ? Self.longRows : room * 3 / 10).write(to: &head, style)
    output.write(head)
    let figures = GroupFigures(group, trace, leaks).rows
    guard isLong || trace.profile.totals.allocations == 0 else {
      let above = head.utf8.count { $0 == UInt8(ascii: "\n") }
      return SummaryPage(
        trace: trace,
        rankings: SummaryReport.rankings.filter { $0.kind != .bytes }.map {
          ($0.kind, $0.kind == .leaked ? leaks.trace : trace)
        },
        figures: figures, timeline: [], advice: advice, style: style, limit: limit,
        linesAbove: above - 1
      ).write(to: &output)
    }
    output.write("\n")
    SummaryPage.write(figures, to: &output, style)
    let line = Sparkline.heap(trace.profile.timeline, columns: min(60, style.width - 17))
    if !line.isEmpty { output.write("\n  \(style.faint("Heap"))         \(line)\n") }
    NoticeText.write(notices.filter { $0.severity != .damage }, to: &output, style: style)
    guard trace.profile.totals.allocations > 0 else { return }
    var shown: [PresentedStack.ID: String] = [:]
    for (kind, label) in SummaryReport.rankings {
      leaks.write(kind, label: label, limit: longLimit, shown: &shown, to: &output, style: style)
    }
  }

  private func writeTitle(to output: inout some TextOutputStream, _ style: TextStyle) {
    let processes = GroupFigures.processCount(group)
    let traces =
      processes == group.members.count
      ? "" : " in \(Quantity.counted(group.members.count, "trace"))"
    output.write(
      style.title(Quantity.counted(processes, "process", "processes")) + traces
        + ", \(Quantity.bytes(trace.profile.inventory.fileBytes)), over "
        + Quantity.elapsed(nanoseconds: trace.profile.process.durationNanoseconds) + "\n")
    guard let answer else { return }
    let words = SafeText.sanitized(answer.sentence)
    let command = "memtrace-analyze \(SafeText.sanitized(answer.path))"
    // The command stays in one piece.
    let fits = SafeText.columns(words) + SafeText.columns(command) + 2 <= style.width
    let lines =
      fits
      ? ["\(words): \(command)"]
      : TextWrap.lines(of: words + ":", columns: style.width) + ["  \(command)"]
    for line in lines { output.write(style.strong(line) + "\n") }
  }

  /// Which process to look at, and its trace.
  private var answer: (sentence: String, path: String)? {
    guard group.members.count > 1, let largest = group.largest(\.allocatedBytes) else { return nil }
    let whole = trace.profile.totals.allocatedBytes
    func share(_ bytes: Int) -> String { Quantity.percent(bytes, of: whole) }
    let name = ProcessText.name(of: largest.process)
    let own = "\(name) (pid \(largest.process.pid))"
    let bytes = largest.totals.allocatedBytes
    var kin = (count: 0, bytes: 0)
    for member in group.members where ProcessText.name(of: member.process) == name {
      kin.count += 1
      kin.bytes &+= member.totals.allocatedBytes
    }
    // Nobody stands out among many of a kind.
    guard bytes < kin.bytes / 2 else {
      return ("\(own) allocated \(share(bytes)) of all bytes", largest.path)
    }
    return (
      "\(Quantity.grouped(kin.count)) × \(name) allocated \(share(kin.bytes)) of all bytes, pid "
        + "\(largest.process.pid) most", largest.path
    )
  }

  private var advice: [(arguments: String, purpose: String)] {
    let name = SafeText.sanitized(trace.path)
    return [
      ("--long \(name)", "all of it"),
      ("top \(name) --by peak --limit 50", "more stacks, by any cost"),
      ("leaks \(name)", "everything that was never freed"),
    ]
  }
}

extension ProfileGroup {
  /// The member with most of a sum, the first of equal ones; nil if none has any.
  func largest(_ sum: (HeapTotals) -> Int) -> Member? {
    var largest: Member?
    for member in members where sum(member.totals) > largest.map({ sum($0.totals) }) ?? 0 {
      largest = member
    }
    return largest
  }
}
