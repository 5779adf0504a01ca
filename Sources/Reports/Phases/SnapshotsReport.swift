import Aggregation
import TraceFormat

/// The snapshots of a run: what was live, and what was resident.
public struct SnapshotsReport: Report {
  private struct Row {
    let process: ProcessPhases
    let mark: Mark
    let liveBytes: Int
    let liveBlocks: Int
    var timeNanoseconds: UInt64 { process.offsetNanoseconds &+ mark.timeNanoseconds }
  }

  private let trace: AnalyzedTrace
  private let rows: [Row]
  private let limit: Int

  /// Shows at most `limit` snapshots as text.
  public init(_ trace: AnalyzedTrace, _ processes: [ProcessPhases], limit: Int) {
    self.trace = trace
    self.limit = limit
    rows = processes.flatMap { process in
      process.found.snapshots.map {
        Row(process: process, mark: $0.mark, liveBytes: $0.liveBytes, liveBlocks: $0.liveBlocks)
      }
    }.sorted { $0.timeNanoseconds < $1.timeNanoseconds }
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
    for (row, name) in zip(rows, names).prefix(limit) {
      let change = before[row.process.pid].map { row.liveBytes - $0 }
      before[row.process.pid] = row.liveBytes
      var cells = [
        Quantity.moment(nanoseconds: row.timeNanoseconds), Quantity.bytes(row.liveBytes),
        change.map { ($0 < 0 ? "-" : "+") + Quantity.bytes(abs($0)) } ?? "",
        Quantity.grouped(row.liveBlocks), Self.known(row.mark.residentBytes),
        Self.known(row.mark.virtualBytes), SafeText.sanitized(name),
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

  /// What a window calls each: the label, with a number if there are several of it.
  private var names: [String] {
    let counts = Dictionary(rows.map { ($0.mark.label, 1) }, uniquingKeysWith: +)
    var seen: [String: Int] = [:]
    return rows.map { row in
      let label = row.mark.label
      seen[label, default: 0] += 1
      return counts[label] == 1 ? label : "\(label)#\(seen[label] ?? 1)"
    }
  }

  private static func known(_ bytes: UInt64) -> String {
    bytes == 0 ? "?" : Quantity.bytes(Int(clamping: bytes))
  }

  /// Writes the snapshots.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-snapshots", trace, analyzerVersion, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
      json.array("snapshots") { json in
        for (row, name) in zip(rows, names) {
          json.object(compact: true) { json in
            json.member("label", row.mark.label)
            json.member("moment", name)
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
