import Aggregation
import TraceFormat

/// The moments at which a run reached its thresholds, each with the stacks whose blocks were live.
public struct ThresholdsReport: Report {
  private let trace: AnalyzedTrace
  private let rows: [SnapshotRow]
  private let limit: Int
  private let stacksShown: Int
  /// By the place of a row: the blocks of the run at that moment.
  private var live: [Int: AnalyzedTrace] = [:]

  /// Shows at most `limit` crossings, of each the `stacksShown` stacks with most live bytes.
  public init(
    _ trace: AnalyzedTrace, _ processes: [ProcessPhases], limit: Int, stacksShown: Int
  ) {
    self.trace = trace
    self.limit = limit
    self.stacksShown = stacksShown
    rows = SnapshotRow.all(processes).filter { $0.mark.kind == .threshold }
  }

  /// The crossings that are shown, by their place, and when they were, in the time of the run: `show`
  /// takes what was live then.
  public var moments: [(number: Int, timeNanoseconds: UInt64)] {
    rows.prefix(limit).enumerated().map { ($0.offset, $0.element.timeNanoseconds) }
  }

  /// Takes the blocks that were live at a crossing, by its place.
  public mutating func show(_ blocks: AnalyzedTrace, at number: Int) {
    live[number] = blocks
  }

  private static func reached(_ threshold: Mark.Threshold?) -> String {
    guard let threshold else { return "" }
    let limit = Quantity.bytes(Int(clamping: threshold.limitBytes))
    let measure = threshold.measure.map(\.sentenceName) ?? "memory"
    return "\(measure) reached \(limit)"
  }

  // MARK: Text

  /// Writes the crossings as a table, then the stacks of each.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    output.write("\n" + style.title("Thresholds") + "  ")
    guard !rows.isEmpty else {
      output.write(
        style.faint("none was reached: memtrace run --warn, memtrace_threshold in memtrace.h")
          + "\n")
      return
    }
    output.write(style.faint("reached \(Quantity.counted(rows.count, "time"))") + "\n\n")
    var table = TextTable([
      ("time", .right), ("live", .right), ("resident", .right), ("threshold", .left), ("", .left),
    ])
    for row in rows.prefix(limit) {
      table.add([
        Quantity.moment(nanoseconds: row.timeNanoseconds), Quantity.bytes(row.liveBytes),
        SnapshotRow.known(row.mark.residentBytes), SafeText.sanitized(row.moment),
        Self.reached(row.mark.threshold),
      ])
    }
    table.write(to: &output, indent: "", style: style)
    if rows.count > limit {
      output.write("\n" + style.faint("… \(Quantity.grouped(rows.count - limit)) more") + "\n")
    }
    var shown: [PresentedStack.ID: String] = [:]
    for (number, row) in rows.prefix(limit).enumerated() {
      guard let blocks = live[number] else { continue }
      output.write("\n" + style.strong(SafeText.sanitized(row.moment)) + "\n")
      RankingText(kind: .live, trace: blocks, style: style).write(
        blocks.stacks.ranked(by: .live, limit: stacksShown), label: row.moment, shown: &shown,
        to: &output)
    }
  }

  // MARK: JSON

  /// Writes all crossings; those that are shown as text have their stacks.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-thresholds", trace, analyzerVersion, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
      json.array("thresholds") { json in
        for (number, row) in rows.enumerated() {
          json.object { json in
            json.member("label", row.mark.label)
            json.member("moment", row.moment)
            json.member("pid", row.process.pid)
            json.member("timeNanoseconds", row.timeNanoseconds)
            json.member("measure", row.mark.threshold?.measure?.word)
            json.member("limitBytes", row.mark.threshold?.limitBytes ?? 0)
            json.member("liveBytes", row.liveBytes)
            json.member("liveBlocks", row.liveBlocks)
            json.member(
              "residentBytes", optional: row.mark.residentBytes == 0 ? nil : row.mark.residentBytes)
            json.member(
              "virtualBytes", optional: row.mark.virtualBytes == 0 ? nil : row.mark.virtualBytes)
            guard let blocks = live[number] else { return }
            ReportJSON.stacks(
              "stacks", blocks.stacks.ranked(by: .live, limit: stacksShown), of: blocks, to: &json)
          }
        }
      }
    }
    json.finish()
  }
}

extension Mark.Threshold.Measure {
  /// As options and JSON have it.
  var word: String {
    switch self {
    case .heap: "heap"
    case .resident: "resident"
    case .oom: "oom"
    }
  }

  fileprivate var sentenceName: String {
    switch self {
    case .heap: "the heap"
    case .resident: "resident memory"
    case .oom: "memory that has a limit"
    }
  }
}
