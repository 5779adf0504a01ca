import Aggregation
import TraceFormat

/// The phases of a run with what they cost, each followed by those in it.
public struct PhasesReport: Report {
  private let trace: AnalyzedTrace
  private let rows: [PhaseRow]
  private let limit: Int

  /// Shows at most `limit` phases as text.
  public init(_ trace: AnalyzedTrace, _ processes: [ProcessPhases], limit: Int) {
    self.trace = trace
    self.limit = limit
    rows = processes.flatMap(PhaseRow.rows)
  }

  private var isOfSeveral: Bool { trace.profile.traceCount > 1 }

  /// Writes the phases as a table.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    output.write("\n" + style.title("Phases") + "  ")
    guard !rows.isEmpty else {
      output.write(
        style.faint("the program began none: memtrace_phase_begin in memtrace.h, memtrace.phase")
          + "\n")
      return
    }
    let entered = rows.reduce(0) { $0 + $1.costs.entered }
    output.write(
      style.faint(
        "\(Quantity.counted(rows.count, "phase")), entered \(Quantity.counted(entered, "time"))")
        + "\n\n")
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("entered", .right), ("time", .right), ("initial", .right), ("peak", .right),
      ("final", .right), ("growth", .right), ("allocations", .right), ("temporary", .right),
      ("phase", .left),
    ]
    if isOfSeveral { columns.insert(("pid", .right), at: 0) }
    var table = TextTable(columns)
    for row in rows.prefix(limit) { table.add(cells(of: row)) }
    table.write(to: &output, indent: "", style: style)
    if rows.count > limit {
      output.write("\n" + style.faint("… \(Quantity.grouped(rows.count - limit)) more") + "\n")
    }
    for line in notes.flatMap({ TextWrap.lines(of: $0, columns: style.width - 2) }) {
      output.write("\n" + style.faint(line))
    }
    output.write("\n")
  }

  private func cells(of row: PhaseRow) -> [String] {
    let costs = row.costs
    let name = SafeText.sanitized(row.path.last ?? "")
    var cells = [
      Quantity.grouped(costs.entered), Quantity.duration(nanoseconds: costs.timeNanoseconds),
      Quantity.bytes(costs.initialBytes), Quantity.bytes(costs.peakBytes),
      Quantity.bytes(costs.finalBytes), Self.signed(costs.growthBytes),
      Quantity.grouped(costs.allocations),
      Quantity.percent(costs.temporaryAllocations, of: costs.allocations),
      TextTable.spaces(2 * (row.path.count - 1)) + name + (row.isFreeStanding ? " *" : "")
        + (row.unended > 0 ? " (not ended)" : ""),
    ]
    if isOfSeveral { cells.insert(String(row.process.pid), at: 0) }
    return cells
  }

  private static func signed(_ bytes: Int) -> String {
    bytes < 0 ? "-" + Quantity.bytes(-bytes) : "+" + Quantity.bytes(bytes)
  }

  /// What the columns are of.
  private var notes: [String] {
    var notes = [
      "Bytes are live in the whole process: when the phase first began, at most, and when it last "
        + "ended; growth is the sum over all its times. Allocations are those of its thread."
    ]
    if rows.contains(where: \.isFreeStanding) {
      notes.append("* free-standing: allocations of all threads meanwhile.")
    }
    return notes
  }

  /// Writes the phases, and each time of them.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-phases", trace, analyzerVersion, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
      json.array("phases") { json in
        for row in rows {
          json.object { json in
            json.member("name", row.path.last ?? "")
            json.array("path") { json in for name in row.path { json.element(name) } }
            json.member("freeStanding", row.isFreeStanding)
            json.member("pid", row.process.pid)
            json.member("entered", row.costs.entered)
            json.member("notEnded", row.unended)
            Self.costs(row.costs, to: &json)
            json.array("times") { json in
              for time in row.times { write(row.process.found.phases[time], row, to: &json) }
            }
          }
        }
      }
    }
    json.finish()
  }

  private func write<Output>(
    _ phase: (span: PhaseSpan, costs: PhaseCosts), _ row: PhaseRow,
    to json: inout JSONWriter<Output>
  ) {
    let offset = row.process.offsetNanoseconds
    json.object(compact: true) { json in
      json.member("startNanoseconds", offset &+ phase.span.startNanoseconds)
      json.member("endNanoseconds", optional: phase.span.endNanoseconds.map { $0 &+ offset })
      json.member("thread", optional: phase.span.thread?.rawValue)
      Self.costs(phase.costs, to: &json)
    }
  }

  private static func costs<Output>(_ costs: PhaseCosts, to json: inout JSONWriter<Output>) {
    json.member("timeNanoseconds", costs.timeNanoseconds)
    json.member("initialBytes", costs.initialBytes)
    json.member("initialBlocks", costs.initialBlocks)
    json.member("peakBytes", costs.peakBytes)
    json.member("finalBytes", costs.finalBytes)
    json.member("finalBlocks", costs.finalBlocks)
    json.member("growthBytes", costs.growthBytes)
    json.member("allocations", costs.allocations)
    json.member("allocatedBytes", costs.allocatedBytes)
    json.member("temporaryAllocations", costs.temporaryAllocations)
  }
}
