import Aggregation
import TraceFormat

/// The heap, the process's resident memory and the rate of allocations over time.
public struct TimelineReport: Report {
  /// Rows of the heap's chart when nothing is known of the window; the others get half as many.
  public static let defaultRows = 12

  private let trace: AnalyzedTrace
  private let limits: [HeapLimit]
  /// What the charts show: the run, or the filter's window.
  private let window: Range<UInt64>
  private let rows: Int
  private let writesCSV: Bool
  private static let mostMarks = 20
  private static let labelWidth = 10

  /// Draws a timeline with limits on the heap, in bytes; the heap's chart gets `rows` rows. With
  /// `writesCSV` the text is a table instead of charts.
  public init(
    _ trace: AnalyzedTrace, limits: [Int] = [], rows: Int = TimelineReport.defaultRows,
    writesCSV: Bool = false
  ) {
    self.writesCSV = writesCSV
    self.trace = trace
    window =
      trace.profile.selection.map { selection in
        let lasts = selection.window.upperBound >= trace.profile.process.durationNanoseconds
        return selection.window.lowerBound..<(lasts ? .max : selection.window.upperBound)
      } ?? 0..<(.max)
    self.limits = HeapLimit.compare(
      trace.profile.timeline, from: window.lowerBound, with: limits,
      leastPeakBytes: trace.profile.peakTogether?.leastBytes)
    self.rows = max(2, rows)
  }

  public var isPage: Bool { !writesCSV }

  /// Writes the charts, or the table.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    if writesCSV {
      TimelineCSV(trace.profile, in: window).write(to: &output)
      return
    }
    ReportHeading.write(trace, to: &output, style: style)
    let timeline = trace.profile.timeline
    let width = style.width - Self.labelWidth - 4
    guard let columns = TimeColumns(timeline, from: window.lowerBound, count: width) else {
      output.write("\n  Nothing was recorded over time.\n")
      return
    }
    writeHeap(timeline, columns, to: &output, style)
    writeResident(columns, to: &output, style)
    writeRate(timeline, columns, to: &output, style)
    writeLimits(to: &output, style)
    writeMarks(columns, to: &output, style)
  }

  private var marks: [Mark] {
    trace.profile.marks.filter { window.contains($0.timeNanoseconds) }
  }

  private func writeHeap(
    _ timeline: [TimelinePoint], _ columns: TimeColumns, to output: inout some TextOutputStream,
    _ style: TextStyle
  ) {
    let totals = trace.profile.totals
    let highest =
      trace.profile.peakTogether.map {
        "\(GroupFigures.bounds($0)) at most, all processes together"
      }
      ?? "\(Quantity.bytes(totals.peakBytes)) at most"
    let peak = highest + ", at \(Quantity.moment(nanoseconds: totals.peakTimeNanoseconds))"
    let end = "\(Quantity.bytes(timeline.last?.liveBytes ?? 0)) at the end"
    output.write("\n" + style.title("Heap") + "  " + style.faint("\(peak); \(end)") + "\n")
    let values = columns.largest(of: timeline, \.maximumBytes)
    let top = max(values.max() ?? 0, limits.map(\.bytes).max() ?? 0)
    let chart = ColumnChart(
      values: values.map { Double($0) }, rows: rows, top: Double(max(1, top)),
      levels: limits.map { ColumnChart.Level(value: Double($0.bytes), severity: $0.severity) })
    write(chart, top: Quantity.bytes(top), to: &output, style)
    writeAxis(columns, to: &output, style)
  }

  private func writeResident(
    _ columns: TimeColumns, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let samples = trace.profile.memorySamples.filter { window.contains($0.timeNanoseconds) }
    guard let highest = samples.map(\.mostBytes).max(), highest > 0 else { return }
    output.write(
      "\n" + style.title("Resident") + "  "
        + style.faint("\(Quantity.bytes(highest)) at most, all memory of the process") + "\n")
    let values = columns.largest(of: samples)
    let top = max(1, values.max() ?? 0)
    let chart = ColumnChart(
      values: values.map { Double($0) }, rows: max(2, rows / 2), top: Double(top))
    write(chart, top: Quantity.bytes(top), to: &output, style)
  }

  private func writeRate(
    _ timeline: [TimelinePoint], _ columns: TimeColumns, to output: inout some TextOutputStream,
    _ style: TextStyle
  ) {
    let rates = columns.sums(of: timeline, \.allocations).map { $0 / columns.seconds }
    let allocations = timeline.reduce(0) { $0 + $1.allocations }
    guard let highest = rates.max(), highest > 0 else { return }
    let length = columns.window.upperBound - columns.window.lowerBound
    output.write(
      "\n" + style.title("Allocations") + "  "
        + style.faint("\(Quantity.rate(allocations, nanoseconds: length)) on average") + "\n")
    let chart = ColumnChart(values: rates, rows: max(2, rows / 2), top: highest)
    write(
      chart, top: Quantity.rate(UInt64(saturating: highest.rounded()), nanoseconds: 1_000_000_000),
      to: &output, style)
  }

  /// Writes a chart with its scale: what the upper edge stands for, and 0.
  private func write(
    _ chart: ColumnChart, top: String, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let edge = style.drawsUnicode ? "┤" : "|"
    let lines = chart.lines(style: style)
    for (row, line) in lines.enumerated() {
      let label = row == 0 ? top : row == lines.count - 1 ? "0" : ""
      let padding = TextTable.spaces(Self.labelWidth - SafeText.columns(label))
      output.write(" " + padding + style.faint("\(label) \(edge)") + line + "\n")
    }
  }

  /// Writes the moments at the beginning, in the middle and at the end, and where marks stand.
  private func writeAxis(
    _ columns: TimeColumns, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let indent = TextTable.spaces(Self.labelWidth + 3)
    let marked = Set(marks.map { columns.column(of: $0.timeNanoseconds) })
    if !marked.isEmpty {
      let sign: Character = style.drawsUnicode ? "▲" : "^"
      let line = String((0...(marked.max() ?? 0)).map { marked.contains($0) ? sign : " " })
      output.write(indent + line + "\n")
    }
    let moments = [columns.window.lowerBound, columns.start(of: columns.count / 2)]
      .map { Quantity.duration(nanoseconds: $0) }
    let last = Quantity.duration(nanoseconds: columns.window.upperBound)
    let start = moments[0] == "0 ns" ? "0" : moments[0]
    let firstGap = columns.count / 2 - SafeText.columns(start)
    let secondGap =
      columns.count - columns.count / 2 - SafeText.columns(moments[1]) - SafeText.columns(last)
    output.write(
      indent
        + style.faint(
          start + TextTable.spaces(firstGap) + moments[1] + TextTable.spaces(secondGap) + last)
        + "\n")
  }

  private func writeLimits(to output: inout some TextOutputStream, _ style: TextStyle) {
    guard !limits.isEmpty else { return }
    output.write("\n" + style.title("Limits") + "\n")
    for limit in limits {
      let amount = Quantity.bytes(limit.bytes)
      guard let first = limit.firstExceededNanoseconds else {
        output.write("  \(amount)  kept\n")
        continue
      }
      let name = limit.severity == .critical ? style.alarm(amount) : style.warning(amount)
      output.write(
        "  \(name)  \(limit.isCertain ? "" : "may have been ")exceeded from \(Quantity.moment(nanoseconds: first)) on, for "
          + "\(Quantity.duration(nanoseconds: limit.exceededNanoseconds)) in all\n")
    }
  }

  private func writeMarks(
    _ columns: TimeColumns, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let marks = marks
    guard !marks.isEmpty else { return }
    output.write("\n" + style.title("Marks") + "\n")
    let names = NameShortener(columns: style.width - 16)
    for mark in marks.prefix(Self.mostMarks) {
      let time = Quantity.moment(nanoseconds: mark.timeNanoseconds)
      let padding = TextTable.spaces(Self.labelWidth - SafeText.columns(time))
      output.write("  \(padding)\(time)  \(names.shortened(SafeText.sanitized(mark.label)))\n")
    }
    if marks.count > Self.mostMarks {
      let more = Quantity.counted(marks.count - Self.mostMarks, "more mark")
      output.write(style.faint("  … \(more): memtrace-analyze info") + "\n")
    }
  }

  /// Writes the timeline as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    let profile = trace.profile
    json.object { json in
      ReportJSON.header("memtrace-timeline", trace, analyzerVersion, to: &json)
      json.member("peakBytes", profile.totals.peakBytes)
      json.member("peakTimeNanoseconds", profile.totals.peakTimeNanoseconds)
      ReportJSON.peakTogether(profile, to: &json)
      json.member("durationNanoseconds", profile.process.durationNanoseconds)
      json.array("limits") { json in
        for limit in limits {
          json.object(compact: true) { json in
            json.member("bytes", limit.bytes)
            json.member("severity", limit.severityName)
            json.member("firstExceededNanoseconds", optional: limit.firstExceededNanoseconds)
            json.member("exceededNanoseconds", limit.exceededNanoseconds)
            if profile.peakTogether != nil { json.member("certain", limit.isCertain) }
          }
        }
      }
      ReportJSON.times(of: profile, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
    }
    json.finish()
  }
}
