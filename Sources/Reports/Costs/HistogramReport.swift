import Aggregation

/// How large blocks are and how long they live, in classes that double.
public struct HistogramReport: Report {
  private let trace: AnalyzedTrace

  /// - Precondition: `trace` answers a query.
  public init(_ trace: AnalyzedTrace) {
    precondition(trace.profile.selection != nil, "histograms are made by following blocks")
    self.trace = trace
  }

  private var sizes: [HeapHistogram.Bar] { trace.profile.selection?.sizes.bars ?? [] }
  private var lifetimes: [HeapHistogram.Bar] { trace.profile.selection?.lifetimes.bars ?? [] }

  /// The lifetimes that the clock can tell apart; those below its step are one class.
  private var toldLifetimes: [HeapHistogram.Bar] {
    guard let step = trace.profile.process.order?.clockIntervalNanoseconds else {
      // The step is not known. It leaves short lifetimes without a block: these classes say nothing.
      let first = lifetimes.dropFirst().first { $0.blocks > 0 }?.values.lowerBound ?? 0
      return lifetimes.filter { $0.values.lowerBound == 0 || $0.values.lowerBound >= first }
    }
    let below = lifetimes.prefix { $0.values.lowerBound < step }
    guard let last = below.last else { return lifetimes }
    let short = HeapHistogram.Bar(
      values: 0...last.values.upperBound, blocks: below.reduce(0) { $0 + $1.blocks },
      bytes: below.reduce(0) { $0 + $1.bytes })
    return (short.blocks > 0 ? [short] : []) + lifetimes.dropFirst(below.count)
  }

  /// Writes the histograms as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    write(
      "Sizes", sizes, live: true, to: &output, style
    ) { values in
      values.lowerBound == values.upperBound
        ? "\(values.lowerBound) B"
        : values.lowerBound < 1024
          ? "\(values.lowerBound)–\(values.upperBound) B"
          : "\(Quantity.bytes(values.lowerBound))–"
    }
    write(
      "Lifetimes of freed blocks", toldLifetimes, live: false, to: &output, style
    ) { values in
      values.lowerBound > 0
        ? "\(Quantity.duration(nanoseconds: values.lowerBound))–"
        : values.upperBound == 0
          ? "none seen" : "under \(Quantity.duration(nanoseconds: values.upperBound + 1))"
    }
  }

  private func write(
    _ title: String, _ bars: [HeapHistogram.Bar], live: Bool,
    to output: inout some TextOutputStream, _ style: TextStyle,
    name: (ClosedRange<UInt64>) -> String
  ) {
    let blocks = bars.reduce(0) { $0 + $1.blocks }
    output.write("\n" + style.title(title))
    guard blocks > 0 else {
      output.write(": none\n")
      return
    }
    output.write("  " + style.faint("of \(Quantity.counted(blocks, "block"))") + "\n\n")
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      (live ? "size" : "lifetime", .right), ("blocks", .right), ("", .right), ("bytes", .right),
    ]
    if live { columns.append(("live", .right)) }
    columns.append(("", .left))
    var table = TextTable(columns)
    let most = bars.reduce(1) { max($0, $1.blocks) }
    for bar in bars {
      var cells = [
        style.drawsUnicode ? name(bar.values) : name(bar.values).replacing("–", with: "-"),
        Quantity.grouped(bar.blocks), Quantity.percent(bar.blocks, of: blocks),
        Quantity.bytes(bar.bytes),
      ]
      if live { cells.append(Quantity.bytes(bar.liveBytes)) }
      cells.append(self.bar(bar.blocks, of: most, columns: style.width - 60, style))
      table.add(cells)
    }
    table.write(to: &output, indent: "", style: style)
  }

  /// A bar; whatever is there has some.
  private func bar(_ value: Int, of most: Int, columns: Int, _ style: TextStyle) -> String {
    guard value > 0 else { return "" }
    let length = Int((Double(value) / Double(most) * Double(max(10, columns))).rounded())
    return String(repeating: style.drawsUnicode ? "█" : "#", count: max(1, length))
  }

  /// Writes the histograms as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-histogram", trace, analyzerVersion, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
      json.array("sizes") { json in
        for bar in sizes {
          json.object(compact: true) { json in
            json.member("smallestBytes", bar.values.lowerBound)
            json.member("largestBytes", bar.values.upperBound)
            json.member("allocations", bar.blocks)
            json.member("allocatedBytes", bar.bytes)
            json.member("liveAllocations", bar.liveBlocks)
            json.member("liveBytes", bar.liveBytes)
          }
        }
      }
      json.array("lifetimes") { json in
        for bar in lifetimes {
          json.object(compact: true) { json in
            json.member("shortestNanoseconds", bar.values.lowerBound)
            json.member("longestNanoseconds", bar.values.upperBound)
            json.member("allocations", bar.blocks)
            json.member("allocatedBytes", bar.bytes)
          }
        }
      }
    }
    json.finish()
  }
}
