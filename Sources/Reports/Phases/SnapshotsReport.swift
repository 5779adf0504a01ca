import Aggregation
import TraceFormat

/// The snapshots of a run: what was live, and what was resident.
public struct SnapshotsReport: Report {
  private let trace: AnalyzedTrace
  private let rows: [SnapshotRow]
  private let limit: Int

  /// Shows at most `limit` snapshots as text.
  public init(_ trace: AnalyzedTrace, _ processes: [ProcessPhases], limit: Int) {
    self.trace = trace
    self.limit = limit
    rows = SnapshotRow.all(processes)
  }

  private var isOfSeveral: Bool { trace.profile.traceCount > 1 }

  /// Writes the snapshots as a table, and how to see what they consist of.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    output.write("\n" + style.title("Snapshots") + "  ")
    guard !rows.isEmpty else {
      output.write(
        style.faint(
          "there are none: memtrace_snapshot in memtrace.h, memtrace run --snapshot-every")
          + "\n")
      return
    }
    output.write(style.faint("\(Quantity.grouped(rows.count)) of the run") + "\n\n")
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("time", .right), ("live", .right), ("change", .right), ("blocks", .right),
      ("resident", .right), ("virtual", .right), ("snapshot", .left),
    ]
    if isOfSeveral { columns.insert(("pid", .right), at: 0) }
    var table = TextTable(columns)
    var before: [UInt32: Int] = [:]
    for row in rows.prefix(limit) {
      let change = before[row.process.pid].map { row.liveBytes - $0 }
      before[row.process.pid] = row.liveBytes
      var cells = [
        Quantity.moment(nanoseconds: row.timeNanoseconds), Quantity.bytes(row.liveBytes),
        change.map { ($0 < 0 ? "-" : "+") + Quantity.bytes(abs($0)) } ?? "",
        Quantity.grouped(row.liveBlocks), SnapshotRow.known(row.mark.residentBytes),
        SnapshotRow.known(row.mark.virtualBytes), SafeText.sanitized(row.moment),
      ]
      if isOfSeveral { cells.insert(String(row.process.pid), at: 0) }
      table.add(cells)
    }
    table.write(to: &output, indent: "", style: style)
    if rows.count > limit {
      output.write("\n" + style.faint("… \(Quantity.grouped(rows.count - limit)) more") + "\n")
    }
    output.write(
      "\n"
        + style.faint(
          "what one holds: memtrace-analyze top --at SNAPSHOT; two compared: diff --from A --to B")
        + "\n")
  }

  /// Writes the snapshots.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-snapshots", trace, analyzerVersion, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
      json.array("snapshots") { json in
        for row in rows {
          json.object(compact: true) { json in
            json.member("label", row.mark.label)
            json.member("moment", row.moment)
            json.member("kind", row.mark.kind.word)
            json.member("pid", row.process.pid)
            json.member("timeNanoseconds", row.timeNanoseconds)
            json.member("liveBytes", row.liveBytes)
            json.member("liveBlocks", row.liveBlocks)
            json.member(
              "residentBytes", optional: row.mark.residentBytes == 0 ? nil : row.mark.residentBytes)
            json.member(
              "virtualBytes", optional: row.mark.virtualBytes == 0 ? nil : row.mark.virtualBytes)
          }
        }
      }
    }
    json.finish()
  }
}
