import Aggregation
import TraceFormat

/// Which stacks' live bytes rise, how fast and how surely, and what the others' look like.
public struct GrowthReport: Report {
  private let trace: AnalyzedTrace
  /// By verdict, then by weight.
  private let rows: [GrowthRow]
  private let thresholds: HeapGrowth.Thresholds
  let windowNanoseconds: UInt64
  private let trend: MemoryTrend
  private let whole: HeapGrowth
  private let limit: Int
  /// What of resident memory grows, where it grows and the heap does not.
  public var residentGrowth: ResidentGrowth?

  /// Creates the report of rows that were judged with the given thresholds, and of all of them as
  /// one; of each verdict at most `limit` are shown.
  public init(
    _ trace: AnalyzedTrace, rows: [GrowthRow], whole: HeapGrowth, windowNanoseconds: UInt64,
    thresholds: HeapGrowth.Thresholds, limit: Int
  ) {
    self.trace = trace
    self.rows = rows.sorted { ($0.weight, $1.stack.id) > ($1.weight, $0.stack.id) }
    self.thresholds = thresholds
    self.limit = limit
    self.whole = whole
    self.windowNanoseconds = windowNanoseconds
    let start = trace.profile.selection?.window.lowerBound ?? 0
    trend = MemoryTrend(
      trace.profile, whole: whole,
      after: start + UInt64(thresholds.warmUpWindows) * windowNanoseconds,
      isOfAllBlocks: !trace.filter.isOfSomeBlocks)
  }

  /// Whether anything grows as fast as asked for.
  public var hasSuspects: Bool { rows.contains { $0.growth.verdict == .grows } }

  /// Whether resident memory grows, and the heap too little to be why.
  public var growsBeyondHeap: Bool {
    trend.growsBeyondHeap(
      threshold: thresholds.bytesPerSecond, whole: whole,
      suspects: rows(.grows).map(\.growth.bytesPerSecond))
  }

  var explanation: String {
    trend.explanation(
      threshold: thresholds.bytesPerSecond, whole: whole,
      suspects: rows(.grows).map(\.growth.bytesPerSecond),
      slow: rows(.growsSlowly).map(\.growth.bytesPerSecond),
      terms: residentGrowth?.sentence(trace))
  }

  private func rows(_ verdict: HeapGrowth.Verdict) -> [GrowthRow] {
    rows.filter { $0.growth.verdict == verdict }
  }

  /// What a report that is no text shows: of each verdict the first, but of what nothing stays.
  var shown: [GrowthRow] {
    HeapGrowth.Verdict.allCases.filter { $0 != .temporary }
      .flatMap { rows($0).prefix(limit) }
  }

  /// A verdict in words.
  static func words(_ verdict: HeapGrowth.Verdict) -> String {
    switch verdict {
    case .grows: "grows steadily, suspect"
    case .growsSlowly: "grows, slower than the threshold"
    case .sawtooth: "sawtooth, freed in batches"
    case .plateau: "plateau, a cache"
    case .startUp: "start-up, one time"
    case .temporary: "temporary, nothing stays"
    }
  }

  /// Writes the report as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    output.write("\n")
    let sentence = explanation
    for line in TextWrap.lines(of: sentence, columns: style.width - 4) {
      output.write("  \(line)\n")
    }
    if let frames = residentGrowth?.frames, !frames.isEmpty {
      output.write("\n")
      StackText(style: style).write(frames, to: &output, indent: 4)
    }
    let suspects = rows(.grows)
    let least = MemoryTrend.rate(thresholds.bytesPerSecond)
    output.write("\n" + style.title("Grows steadily, suspect"))
    if suspects.isEmpty {
      output.write(": no stack grows by \(least) or more\n")
    } else {
      output.write(
        "  "
          + style.faint("by \(least) or more, after \(Quantity.duration(nanoseconds: warmUp))")
          + "\n")
      for (index, row) in suspects.prefix(limit).enumerated() {
        write(row, rank: index + 1, to: &output, style)
      }
      if suspects.count > limit {
        output.write(style.faint("\n    … \(suspects.count - limit) more\n"))
      }
    }
    writeOthers(to: &output, style)
  }

  private var warmUp: UInt64 { UInt64(thresholds.warmUpWindows) * windowNanoseconds }

  private func write(
    _ row: GrowthRow, rank: Int, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let rate = style.strong("+\(MemoryTrend.rate(row.growth.bytesPerSecond))")
    let blocks = Quantity.rate(
      UInt64(saturating: max(0, row.growth.blocksPerSecond * 1000).rounded()),
      nanoseconds: 1_000_000_000_000)
    let sure = Quantity.percent(Int((row.growth.confidence * 1000).rounded()), of: 1000)
    let kept = Quantity.percent(row.series.survivors, of: row.series.allocations)
    var details = [
      "\(blocks.isEmpty ? "0 /s" : blocks) blocks", "\(sure) sure",
      "\(Quantity.bytes(row.keptBytes)) in \(Quantity.counted(row.keptBlocks, "block")) "
        + (row.isTornDown ? "before the end, which freed most" : "left"),
      "\(kept) never freed",
    ]
    if row.series.survivors > 0 {
      let age = Quantity.duration(nanoseconds: row.series.survivorAgeNanoseconds)
      details.append("\(age) old on average")
    }
    if row.growth.isOfBusyTime { details.append("while the program was busy: it is idle since") }
    let line = TextWrap.lines(of: details.joined(separator: ", "), columns: style.width - 8)
    output.write("\n \(rank)  \(rate)\n")
    for line in line { output.write("    \(style.faint(line))\n") }
    writeStack(of: row, to: &output, style)
  }

  /// Of several stacks one is shown as what it is, the largest, and what is common to all.
  private func writeStack(
    of row: GrowthRow, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let stackText = StackText(style: style)
    let frames = trace.stacks.frames(of: row.stack)
    func write(_ frames: some Sequence<PresentedFrame>, _ heading: String) {
      output.write("    \(style.faint(heading))\n")
      stackText.write(Array(frames), to: &output, indent: 4)
    }
    guard row.stacks > 1 else { return stackText.write(frames, to: &output, indent: 4) }
    let common = trace.stacks.commonFrames(of: row.members)
    let stacks = "in \(Quantity.counted(row.stacks, "stack"))"
    let functions = functions(of: row)
    if common.isEmpty {
      write(frames, "\(stacks) that have no caller in common; the largest:")
    } else if functions.count == 1, frames.count > common.count {
      write(frames.dropLast(common.count), "\(stacks) of one function; the largest:")
      write(common, "all of them below:")
    } else {
      write(common, "\(stacks) below:")
      if functions.count > 1 { writeNames(functions, to: &output, style) }
    }
  }

  /// The functions that a row's stacks are of, that of the largest first.
  private func functions(of row: GrowthRow) -> [UInt32?] {
    var known: Set<UInt32?> = []
    return row.members.map { trace.stacks.ownFunction(of: $0) }
      .filter { known.insert($0).inserted }
  }

  private func writeNames(
    _ functions: [UInt32?], to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let shown = functions.prefix(Self.shownFunctions).map { function in
      let name = function.map { trace.stacks.functions[Int($0)].function.name } ?? ""
      return NameShortener(columns: style.width / 4).shortened(SafeText.sanitized(name))
    }
    let others = functions.count - shown.count
    let line =
      "of \(shown.joined(separator: ", "))"
      + (others > 0 ? " and \(Quantity.counted(others, "more function"))" : "")
    for line in TextWrap.lines(of: line, columns: style.width - 8) {
      output.write("    \(style.faint(line))\n")
    }
  }

  /// More names than these say little.
  private static let shownFunctions = 3

  /// The other verdicts with their largest entries, a line each.
  private func writeOthers(to output: inout some TextOutputStream, _ style: TextStyle) {
    for verdict in [HeapGrowth.Verdict.growsSlowly, .plateau, .sawtooth, .startUp] {
      let found = rows(verdict)
      guard !found.isEmpty else { continue }
      let title = Self.words(verdict)
      output.write(
        "\n" + style.title(title.prefix(1).uppercased() + title.dropFirst()) + "  "
          + style.faint(Quantity.counted(found.reduce(0) { $0 + $1.stacks }, "stack")) + "\n")
      if verdict == .growsSlowly {
        for (index, row) in found.prefix(min(3, limit)).enumerated() {
          write(row, rank: index + 1, to: &output, style)
        }
        continue
      }
      for row in found.prefix(min(3, limit)) {
        let amount = Quantity.bytes(
          verdict == .sawtooth ? row.series.maximumBytes.max() ?? 0 : row.keptBytes)
        let padding = TextTable.spaces(10 - SafeText.columns(amount))
        let others =
          row.stacks > 1 ? "  and \(Quantity.counted(row.stacks - 1, "other stack"))" : ""
        let name = StackText(style: style).reference(
          to: trace.stacks.frames(of: row.stack), columns: style.width - 14 - others.count)
        output.write("  \(padding)\(amount)  \(name)\(style.faint(others))\n")
      }
    }
  }

  /// Writes the report as JSON with whole stacks.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-growth", trace, analyzerVersion, to: &json)
      json.member("thresholdBytesPerSecond", Self.whole(thresholds.bytesPerSecond))
      json.member("warmUpNanoseconds", warmUp)
      json.member("windowNanoseconds", windowNanoseconds)
      json.member("heapBytesPerSecond", optional: trend.heapBytesPerSecond.map(Self.whole))
      json.member("residentBytesPerSecond", optional: trend.residentBytesPerSecond.map(Self.whole))
      json.member("residentAboveHeapBytes", optional: trend.residentAboveHeapBytes)
      json.member("explanation", explanation)
      if let residentGrowth { write(residentGrowth, to: &json) }
      ReportJSON.notices(trace.notices, to: &json)
      json.array("stacks") { json in
        for row in shown { write(row, to: &json) }
      }
    }
    json.finish()
  }

  private func write<Output>(_ growth: ResidentGrowth, to json: inout JSONWriter<Output>) {
    json.object("residentGrowth") { json in
      json.member("fromNanoseconds", growth.first.timeNanoseconds)
      json.member("toNanoseconds", growth.last.timeNanoseconds)
      json.array("parts") { json in
        for change in growth.changes {
          json.object(compact: true) { json in
            json.member("part", change.term.rawValue)
            json.member("bytes", change.bytes)
          }
        }
      }
      json.array("frames") { json in
        for frame in growth.frames { ReportJSON.frame(frame, to: &json) }
      }
    }
  }

  private func write<Output>(_ row: GrowthRow, to json: inout JSONWriter<Output>) {
    json.object { json in
      json.member("verdict", row.growth.verdict.rawValue)
      json.member("bytesPerSecond", Self.whole(row.growth.bytesPerSecond))
      json.member("milliBlocksPerSecond", Self.whole(row.growth.blocksPerSecond * 1000))
      json.member("confidencePercent", Self.whole(row.growth.confidence * 100))
      json.member("stacks", row.stacks)
      json.member("allocations", row.series.allocations)
      json.member("leakedAllocations", row.series.survivors)
      json.member("leakedBytes", row.series.survivingBytes)
      json.member("lastAllocations", row.growth.lastBlocks)
      json.member("lastBytes", row.growth.lastBytes)
      json.member("averageAgeNanoseconds", row.series.survivorAgeNanoseconds)
      json.member("oldestAgeNanoseconds", row.series.oldestAgeNanoseconds)
      json.member("whileBusy", row.growth.isOfBusyTime)
      json.array("minimumBytes", compact: true) { json in
        for value in row.series.minimumBytes { json.element(value) }
      }
      json.array("frames") { json in
        for frame in trace.stacks.frames(of: row.stack) { ReportJSON.frame(frame, to: &json) }
      }
      json.array("commonFrames") { json in
        for frame in trace.stacks.commonFrames(of: row.members) {
          ReportJSON.frame(frame, to: &json)
        }
      }
    }
  }

  static func whole(_ value: Double) -> Int {
    Int(max(-1e18, min(1e18, value.rounded())))
  }
}
