import Aggregation
import TraceFormat

/// Which live blocks keep pages resident that are otherwise nearly empty.
public struct FragmentationReport: Report {
  private let trace: AnalyzedTrace
  private let found: HeapFragmentation
  private let limit: Int

  /// Creates the report of the `limit` most wasteful stacks; `found` is of the blocks that `trace`
  /// counts, by presented stack.
  public init(_ trace: AnalyzedTrace, _ found: HeapFragmentation, limit: Int) {
    self.trace = trace
    self.found = found
    self.limit = limit
  }

  private struct Row {
    let stack: PresentedStack
    let pins: HeapFragmentation.Pins
  }

  /// Those that pin pages or hold some, the most wasteful first. Pages held between blocks count where
  /// so much is resident that they may all be.
  private var rows: [Row] {
    func bytes(_ pins: HeapFragmentation.Pins) -> Double {
      pins.wastedBytes + (heldMayBeResident ? Double(pins.heldBytes) : 0)
    }
    return trace.stacks.stacks.compactMap { stack in
      guard let pins = found.pins[stack.id.node], bytes(pins) > 0 else { return nil }
      return Row(stack: stack, pins: pins)
    }.sorted {
      (bytes($0.pins), $0.pins.pages, $1.stack.id) > (bytes($1.pins), $1.pins.pages, $0.stack.id)
    }
  }

  /// Whether as much is resident as the pages with blocks and those between them.
  private var heldMayBeResident: Bool {
    guard let sample, sample.parts != nil else { return false }
    let most = sample.programBytes
    return most + most / 10 >= pagesBytes + found.heldBytes
  }

  /// The process's anonymous memory nearest to the moment.
  private var sample: MemorySample? {
    let moment = trace.profile.selection?.window.upperBound ?? .max
    return trace.profile.memorySamples.min {
      Self.distance($0.timeNanoseconds, moment) < Self.distance($1.timeNanoseconds, moment)
    }
  }

  private static func distance(_ left: UInt64, _ right: UInt64) -> UInt64 {
    left > right ? left - right : right - left
  }

  private var pagesBytes: UInt64 { UInt64(found.pages) * found.pageBytes }

  /// Writes the report as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    output.write("\n")
    SummaryPage.write(figures, to: &output, style)
    output.write("\n")
    for line in TextWrap.lines(of: remark, columns: style.width - 4) { output.write("  \(line)\n") }
    let rows = self.rows
    output.write(
      "\n"
        + style.title(
          heldMayBeResident
            ? "Stacks by what they waste on pages and hold between blocks"
            : "Stacks by what they waste on pages"))
    guard !rows.isEmpty else {
      output.write(": there are none\n")
      return
    }
    output.write("\n")
    for (index, row) in rows.prefix(limit).enumerated() {
      write(row, index + 1, to: &output, style)
    }
    if rows.count > limit {
      let rest = rows.dropFirst(limit)
      let bytes = rest.reduce(0) { $0 + $1.pins.wastedBytes }
      output.write(
        "\n"
          + style.faint(
            "    … \(Quantity.counted(rest.count, "more stack")) with \(Quantity.bytes(Int(bytes)))"
          )
          + "\n")
    }
  }

  private var figures: [SummaryFigure] {
    let pinned = Quantity.counted(found.pinnedPages, "page")
    var figures = [
      SummaryFigure(
        "Live", bytes(found.liveBytes), "in \(Quantity.counted(found.blocks, "block"))"),
      SummaryFigure(
        "On", bytes(pagesBytes), Quantity.counted(found.pages, "page"),
        " of \(bytes(found.pageBytes))"),
      SummaryFigure(
        "Pinned", bytes(UInt64(found.pinnedPages) * found.pageBytes),
        "\(pinned) less than half occupied", ", \(bytes(found.wastedBytes)) wasted"),
      SummaryFigure(
        "Between", bytes(found.heldBytes), "empty pages between two blocks",
        heldMayBeResident ? ", which may all be resident" : ", not all of them resident"),
    ]
    if let sample {
      figures.append(
        SummaryFigure(
          "Resident", bytes(sample.programBytes),
          sample.parts != nil ? "anonymous memory of the program" : "all memory",
          ", at \(Quantity.moment(nanoseconds: sample.timeNanoseconds))"))
    }
    return figures
  }

  private var remark: String {
    var text =
      "A page with any block on it stays resident once it was written to. An allocator may also have "
      + "to keep empty pages below a block. What else is resident lies on no page with a live block."
    if found.unplacedBlocks > 0 {
      text +=
        " \(Quantity.counted(found.unplacedBlocks, "block")) with "
        + "\(Quantity.bytes(found.unplacedBytes)), freed soon after, have no address in the trace."
    }
    return text
  }

  private func write(
    _ row: Row, _ rank: Int, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let pins = row.pins
    let share = Quantity.percent(Int(pins.wastedBytes), of: Int(clamping: found.wastedBytes))
    let blocks = Quantity.counted(pins.blocks, "block")
    let pages = Quantity.counted(pins.pages, "page")
    output.write(
      "\n \(rank)  \(style.strong(bytes(UInt64(pins.wastedBytes))))  \(share)   "
        + style.faint(
          "\(pages), \(Quantity.grouped(pins.pagesAlone)) of them alone; \(blocks) with "
            + "\(bytes(pins.liveBytes)); \(bytes(pins.heldBytes)) held between")
        + "\n")
    StackText(style: style).write(trace.stacks.frames(of: row.stack), to: &output, indent: 4)
  }

  private func bytes(_ count: UInt64) -> String { Quantity.bytes(count) }

  /// Writes the report as JSON with whole stacks.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-fragmentation", trace, analyzerVersion, to: &json)
      json.member("pageBytes", found.pageBytes)
      json.member("blocks", found.blocks)
      json.member("liveBytes", found.liveBytes)
      json.member("unplacedBlocks", found.unplacedBlocks)
      json.member("unplacedBytes", found.unplacedBytes)
      json.member("pages", found.pages)
      json.member("occupiedBytes", found.occupiedBytes)
      json.member("pinnedPages", found.pinnedPages)
      json.member("wastedBytes", found.wastedBytes)
      json.member("heldBytes", found.heldBytes)
      json.member("heldMayBeResident", heldMayBeResident)
      json.member("residentBytes", optional: sample?.programBytes)
      json.member("residentTimeNanoseconds", optional: sample?.timeNanoseconds)
      ReportJSON.notices(trace.notices, to: &json)
      json.array("stacks") { json in
        for row in rows.prefix(limit) {
          json.object { json in
            json.member("wastedBytes", Int(row.pins.wastedBytes.rounded()))
            json.member("pinnedPages", row.pins.pages)
            json.member("pinnedAlone", row.pins.pagesAlone)
            json.member("heldBytes", row.pins.heldBytes)
            json.member("blocks", row.pins.blocks)
            json.member("liveBytes", row.pins.liveBytes)
            json.array("frames") { json in
              for frame in trace.stacks.frames(of: row.stack) {
                ReportJSON.frame(frame, to: &json)
              }
            }
          }
        }
      }
    }
    json.finish()
  }
}
