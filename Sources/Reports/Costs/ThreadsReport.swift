import Aggregation
import TraceFormat

/// What each thread allocated, costliest first.
public struct ThreadsReport: Report {
  private let trace: AnalyzedTrace
  private let kind: CostKind
  private let rows: [(id: ThreadID, thread: ThreadProfile?, cost: StackCost)]

  /// - Precondition: `trace` answers a query grouped by thread.
  public init(_ trace: AnalyzedTrace, by kind: CostKind) {
    precondition(
      trace.profile.selection?.query.grouping == .thread, "threads are told apart by a query")
    self.trace = trace
    self.kind = kind
    rows = CostGroup.groups(of: trace, by: .thread, isAskedByGroup: true)
      .compactMap { group in
        guard case .thread(let id, let thread) = group.label else { return nil }
        return (id, thread, group.own)
      }
      .sorted {
        (kind.value(of: $0.cost), kind.blocks(of: $0.cost), $1.id)
          > (kind.value(of: $1.cost), kind.blocks(of: $1.cost), $0.id)
      }
  }

  private var isOfSeveral: Bool { trace.profile.traceCount > 1 }
  private var hasPeak: Bool { trace.profile.selection?.query.choice.hasPeak ?? true }

  /// Writes the threads as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    output.write("\n" + style.title("Threads") + "  ")
    output.write(
      style.faint("\(Quantity.counted(rows.count, "thread")) allocated, by \(kind.rawValue)")
        + "\n\n")
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("", .right), ("tid", .right), ("allocations", .right), ("bytes", .right),
    ]
    if isOfSeveral { columns.insert(("pid", .right), at: 0) }
    if hasPeak { columns += [("at peak", .right), ("own peak", .right)] }
    columns += [
      ("live", .right), ("leaked", .right), ("temporary", .right), ("short-lived", .right),
      ("name", .left),
    ]
    var table = TextTable(columns)
    for (id, thread, cost) in rows {
      var cells = [
        GroupText.number(of: id, thread), thread.map { $0.tid == 0 ? "?" : String($0.tid) } ?? "?",
        Quantity.grouped(cost.allocations), Quantity.bytes(cost.allocatedBytes),
      ]
      if isOfSeveral { cells.insert(thread?.owner.map { String($0.pid) } ?? "?", at: 0) }
      if hasPeak { cells += [Quantity.bytes(cost.peakBytes), Quantity.bytes(cost.ownPeakBytes)] }
      cells += [
        Quantity.bytes(cost.liveBytes), Quantity.bytes(cost.leakedBytes),
        Quantity.percent(cost.temporaryAllocations, of: cost.allocations),
        Quantity.percent(cost.shortLivedAllocations, of: cost.allocations), thread?.name ?? "",
      ]
      table.add(cells)
    }
    table.write(to: &output, indent: "", style: style)
    let quiet = trace.profile.threads.count - rows.count
    if quiet > 0, trace.filterSentence == nil {
      output.write(
        "\n" + style.faint("\(Quantity.counted(quiet, "thread")) allocated nothing") + "\n")
    }
  }

  /// Writes the threads as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-threads", trace, analyzerVersion, to: &json)
      json.member("by", kind.rawValue)
      ReportJSON.notices(trace.notices, to: &json)
      json.array("threads") { json in
        for (id, thread, cost) in rows {
          json.object { json in
            GroupText.members(.thread(id, thread), .thread, to: &json)
            json.member("startNanoseconds", optional: thread?.startTimeNanoseconds)
            json.member("endNanoseconds", optional: thread?.endTimeNanoseconds)
            ReportJSON.cost(cost, of: trace, to: &json)
          }
        }
      }
    }
    json.finish()
  }
}
