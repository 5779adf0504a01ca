import Aggregation
import TraceFormat

/// The first report that people see: what ran, what its heap did, and who is to blame, on one page of
/// a terminal (`SummaryPage`) or at length.
public struct SummaryReport: Report {
  private let trace: AnalyzedTrace
  /// Entries in each ranking; nil for as many as the form has room for.
  private let limit: Int?
  private let isLong: Bool
  /// What `leaks` tells, too.
  private let leaks: SuppressedLeaks

  /// Entries in each ranking at length, and in JSON.
  private static let longLimit = 5
  private var longLimit: Int { limit ?? Self.longLimit }

  /// The rankings in the order of what people most often come for.
  static let rankings: [(kind: CostKind, label: String)] = [
    (.peak, "peak"), (.leaked, "leak"), (.bytes, "bytes"), (.allocations, "allocations"),
    (.temporary, "temporary"),
  ]

  private var rankings: [(kind: CostKind, label: String)] {
    let choice = trace.profile.selection?.query.choice ?? .allocated
    return Self.rankings.filter { $0.kind.isKnown(of: choice) }
  }

  /// Creates the report with `limit` entries in each ranking; leaks that a suppression matches are
  /// in none.
  public init(
    _ trace: AnalyzedTrace, limit: Int? = nil, isLong: Bool = false,
    suppressions: LeakSuppressionList = LeakSuppressionList()
  ) {
    self.init(SuppressedLeaks(trace, suppressions), limit: limit, isLong: isLong)
  }

  /// The report of a trace whose leaks have been looked at.
  init(_ leaks: SuppressedLeaks, limit: Int? = nil, isLong: Bool = false) {
    self.leaks = leaks
    trace = leaks.whole
    self.limit = limit
    self.isLong = isLong
  }

  /// Writes the report as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    let notices = trace.notices
    writeTitle(to: &output, style)
    ReportHeading.writeFilter(of: trace, to: &output, style: style)
    NoticeText.write(notices.filter { $0.severity == .damage }, to: &output, style: style)
    guard isLong || trace.profile.totals.allocations == 0 else {
      return writePage(to: &output, style)
    }
    writeProcess(to: &output, style)
    writeTotals(to: &output, style)
    writeTimeline(to: &output, style)
    NoticeText.write(notices.filter { $0.severity != .damage }, to: &output, style: style)
    guard trace.profile.totals.allocations > 0 else { return }
    var shown: [PresentedStack.ID: String] = [:]
    for (kind, label) in rankings {
      leaks.write(kind, label: label, limit: longLimit, shown: &shown, to: &output, style: style)
    }
    writeAdvice(to: &output, style)
  }

  /// Writes the report as JSON: all that the text says, with whole stacks.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-summary", trace, analyzerVersion, to: &json)
      ReportJSON.process(trace.profile.process, to: &json)
      ReportJSON.totals(trace.profile, to: &json)
      ReportJSON.resident(trace.profile, to: &json)
      ReportJSON.mappings(trace.profile, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
      json.object("top") { json in
        for (kind, _) in rankings {
          ReportJSON.stacks(
            kind.rawValue, leaks.ranked(by: kind, limit: longLimit), of: trace, to: &json)
        }
      }
      json.member("suppressedAllocations", leaks.allocations)
      json.member("suppressedBytes", leaks.bytes)
      ReportJSON.relatives(trace.relatives, to: &json)
      ReportJSON.untraced(trace.profile, to: &json)
    }
    json.finish()
  }

  private func writeTitle(to output: inout some TextOutputStream, _ style: TextStyle) {
    let process = trace.profile.process
    let name = SafeText.sanitized(ProcessText.name(of: process))
    output.write(
      "\(style.title(name)) (pid \(process.pid)) \(ProcessText.endingAndDuration(of: process))\n")
  }

  private func writeProcess(to output: inout some TextOutputStream, _ style: TextStyle) {
    let process = trace.profile.process
    output.write("\n")
    let room = style.width - Self.labelWidth - 2
    writeLine(
      "Command",
      NameShortener.cut(SafeText.sanitized(ProcessText.commandLine(of: process)), to: room),
      to: &output, style)
    if process.startRealtimeNanoseconds != 0 {
      let moment = ProcessText.moment(realtimeNanoseconds: process.startRealtimeNanoseconds)
      let directory =
        process.workingDirectory.isEmpty
        ? "" : " in " + SafeText.sanitized(process.workingDirectory)
      writeLine("Started", moment + directory, to: &output, style)
    }
    let threads = Quantity.counted(trace.profile.threads.count, "thread")
    let stacks = Quantity.counted(trace.stacks.stacks.count, "distinct stack")
    let modules = Quantity.counted(trace.profile.modules.count, "module")
    writeLine(
      "Trace",
      "\(SafeText.sanitized(trace.path)), \(Quantity.bytes(trace.profile.inventory.fileBytes)): "
        + "\(threads), \(stacks), \(modules)", to: &output, style)
  }

  private func writePage(to output: inout some TextOutputStream, _ style: TextStyle) {
    let process = trace.profile.process
    // A small page has no room for resident memory at two moments.
    let omitted = style.height < Self.roomyHeight ? ["Frees", Self.atPeakLabel] : ["Frees"]
    var figures = figures.filter { !omitted.contains($0.label) }.map { $0 }
    let room = style.width - Self.labelWidth - 2
    figures.append(
      SummaryFigure(
        "Command", "",
        NameShortener.cut(SafeText.sanitized(ProcessText.commandLine(of: process)), to: room)))
    var timeline = ""
    writeTimeline(to: &timeline, style)
    SummaryPage(
      trace: trace,
      rankings: rankings.filter { $0.kind != .bytes }.map {
        ($0.kind, $0.kind == .leaked ? leaks.trace : trace)
      },
      figures: figures, timeline: timeline.split(separator: "\n").map(String.init),
      advice: [("--long" + traceName, "all of it")] + advice, style: style, limit: limit
    ).write(to: &output)
  }

  private func writeTotals(to output: inout some TextOutputStream, _ style: TextStyle) {
    let rows = figures
    output.write("\n")
    let valueWidth = rows.reduce(0) { max($0, SafeText.columns($1.value)) }
    for row in rows {
      let padding = TextTable.spaces(valueWidth - SafeText.columns(row.value))
      let remark = row.wholeRemark
      let remarkText = remark.isEmpty ? "" : "   " + style.faint(remark)
      writeLine(row.label, padding + style.strong(row.value) + remarkText, to: &output, style)
    }
  }

  var figures: [SummaryFigure] {
    let totals = trace.profile.totals
    let duration = trace.profile.process.durationNanoseconds
    let isFiltered = trace.filterSentence != nil
    let window = trace.profile.selection?.window ?? 0..<duration
    let average =
      totals.allocations > 0
      ? Quantity.bytes(
        UInt64(
          saturating: (Double(totals.allocatedBytes) / Double(totals.allocations)).rounded()))
        + " on average" : ""
    // Blocks chosen by what became of them were allocated at any time.
    let rate =
      (trace.profile.selection?.query.choice ?? .allocated) == .allocated
      ? Quantity.rate(totals.allocations, nanoseconds: window.upperBound - window.lowerBound) : ""
    let blocks = Quantity.counted(totals.peakAllocations, "block")
    let moment = Quantity.moment(nanoseconds: totals.peakTimeNanoseconds)
    let share = Quantity.percent(totals.peakTimeNanoseconds, of: duration)
    // Of the whole process: beside some of its blocks it would mislead.
    let resident = isFiltered ? nil : ResidentMemory(trace.profile)
    let resized =
      totals.reallocations > 0 ? "\(Quantity.grouped(totals.reallocations)) by realloc" : ""
    var rows = [
      SummaryFigure(
        "Allocations", Quantity.grouped(totals.allocations), rate,
        !rate.isEmpty && !resized.isEmpty ? ", \(resized)" : resized),
      SummaryFigure("Frees", Quantity.grouped(totals.frees)),
      SummaryFigure("Allocated", Quantity.bytes(totals.allocatedBytes), average),
      SummaryFigure(
        "Peak", Quantity.bytes(totals.peakBytes),
        parts: totals.peakBytes == 0
          ? [] : ["in \(blocks), at \(moment)", share.isEmpty ? "" : " (\(share) of the run)"]),
      SummaryFigure(
        "Leaked", Quantity.bytes(totals.leakedBytes),
        parts: totals.leakedAllocations == 0
          ? [totals.allocations == 0 ? "" : "every block was freed"]
          : [
            "in \(Quantity.counted(totals.leakedAllocations, "block"))",
            leaks.remark ?? ", live at the end",
          ]),
      SummaryFigure(
        "Temporary", Quantity.grouped(totals.temporaryAllocations),
        parts: totals.temporaryAllocations == 0
          ? []
          : [
            Quantity.percent(totals.temporaryAllocations, of: totals.allocations),
            ", freed before their thread's next allocation",
          ]),
    ]
    if !CostKind.peak.isKnown(of: trace.profile.selection?.query.choice ?? .allocated) {
      rows.removeAll { $0.label == "Peak" }
    }
    if isFiltered {
      rows.append(contentsOf: blockRows(totals, windowEnd: window.upperBound < duration))
    }
    if !isFiltered, let mappings = trace.profile.mappings,
      mappings.peakBytes >= Self.manyMappedBytes
    {
      rows.append(
        SummaryFigure(
          Self.mappedLabel, Quantity.bytes(mappings.peakBytes), "the most at once beside malloc",
          ", \(Quantity.bytes(mappings.liveBytes)) at the end", ": see --space mappings"))
    }
    if let resident {
      rows += residentRows(resident)
    }
    return rows
  }

  private static let atPeakLabel = "  at peak"
  private static let mappedLabel = "Mapped"
  /// Less than this is not worth a line.
  private static let manyMappedBytes = 16 << 20
  /// What an orderly end may take after the last look at resident memory.
  private static let leastUnseen: UInt64 = 2_000_000
  /// Lines from which on a page has all figures.
  private static let roomyHeight = 30

  private func residentRows(_ memory: ResidentMemory) -> [SummaryFigure] {
    let own = memory.ownBytes.map { ", \(Quantity.bytes($0)) of it memtrace's own" } ?? ""
    let unseen = memory.unseenNanoseconds
    let most =
      !memory.isKernelsCount
      ? "the most seen"
      : unseen < Self.leastUnseen
        ? "the most at any moment"
        : "the most until \(Quantity.duration(nanoseconds: unseen)) before the end"
    func row(_ label: String, _ moment: ResidentMemory.Comparison) -> SummaryFigure {
      let kind = moment.isAnonymous ? "anonymous and resident" : "resident"
      return SummaryFigure(
        label, Quantity.bytes(moment.residentBytes),
        "\(kind), \(Quantity.bytes(moment.liveBytes)) live: "
          + (moment.residentBytes < moment.liveBytes
            ? "not all of it is resident" : "\(Quantity.bytes(moment.excessBytes)) more"))
    }
    return [
      SummaryFigure(
        "Resident", Quantity.bytes(memory.mostBytes), most, own, "; all memory of the process"),
      row(Self.atPeakLabel, memory.atPeak), row("  at end", memory.atEnd),
    ] + accountRow
  }

  /// What was resident at the last account, in a few terms; the rest of it as one.
  private var accountRow: [SummaryFigure] {
    guard let account = trace.profile.account else { return [] }
    let named: [(MemoryAccount.Term, String)] = [
      (.liveBlocks, "live"), (.keptByAllocator, "kept by the allocator"), (.mappings, "mappings"),
      (.files, "files"), (.otherAnonymous, "mapped unseen"), (.threadStacks, "stacks"),
    ]
    var rest = account.residentBytes
    var terms: [String] = []
    for (term, name) in named {
      guard let bytes = account.bytes(of: term), bytes >= account.residentBytes / 100 else {
        continue
      }
      rest -= bytes
      terms.append("\(terms.isEmpty ? "" : ", ")\(Quantity.bytes(bytes)) \(name)")
    }
    terms.append(", \(Quantity.bytes(rest)) else")
    return [SummaryFigure("  in terms", Quantity.bytes(account.residentBytes), parts: terms)]
  }

  /// What only following each block tells.
  private func blockRows(_ totals: HeapTotals, windowEnd: Bool) -> [SummaryFigure] {
    var rows: [SummaryFigure] = []
    if windowEnd {
      rows.append(
        SummaryFigure(
          "Live", Quantity.bytes(totals.liveBytes),
          "in \(Quantity.counted(totals.liveAllocations, "block"))", ", at the window's end"))
    }
    let limit = Quantity.duration(nanoseconds: trace.filter.shortLifeNanoseconds)
    rows.append(
      SummaryFigure(
        "Short-lived", Quantity.grouped(totals.shortLivedAllocations),
        "freed in less than \(limit)"))
    return rows
  }

  private func writeTimeline(to output: inout some TextOutputStream, _ style: TextStyle) {
    let columns = min(60, style.width - Self.labelWidth - 4)
    let line = Sparkline.heap(trace.profile.timeline, columns: columns)
    guard !line.isEmpty else { return }
    output.write("\n")
    writeLine("Heap", line, to: &output, style)
    let end = Quantity.duration(nanoseconds: trace.profile.timeline.last?.timeNanoseconds ?? 0)
    let gap = TextTable.spaces(columns - 1 - SafeText.columns(end))
    writeLine("", style.faint("0" + gap + end), to: &output, style)
  }

  /// The trace's name as an argument, where it has to be given.
  private var traceName: String {
    trace.path == Self.defaultPath ? "" : " " + SafeText.sanitized(trace.path)
  }

  private var advice: [(arguments: String, purpose: String)] {
    [
      ("top\(traceName) --by peak --limit 50", "more stacks, by any cost"),
      ("leaks\(traceName)", "everything that was never freed"),
      ("flamegraph\(traceName) -o heap.svg", "a flame graph of the peak"),
    ]
  }

  private func writeAdvice(to output: inout some TextOutputStream, _ style: TextStyle) {
    let width = advice.reduce(0) { max($0, SafeText.columns($1.0)) }
    output.write("\n")
    for (arguments, purpose) in advice {
      let padding = TextTable.spaces(width - SafeText.columns(arguments) + 2)
      output.write(style.faint("memtrace-analyze \(arguments)\(padding)\(purpose)") + "\n")
    }
  }

  /// The trace that commands read when none is named.
  public static let defaultPath = "trace.bin"
  static let labelWidth = 13

  private func writeLine(
    _ label: String, _ text: String, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let padding = TextTable.spaces(Self.labelWidth - label.count)
    output.write("  \(style.faint(label))\(padding)\(text)\n")
  }
}
