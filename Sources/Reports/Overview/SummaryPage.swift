import Aggregation

/// The summary on one page of a terminal: the answer first, then the figures, then what to know and
/// to do next. `--long` has the rest.
///
/// A ranking on the page is of origins (`StackOrigins`), two lines each: the function with its share,
/// and who called it in the largest of its stacks.
struct SummaryPage {
  let trace: AnalyzedTrace
  /// The rankings that are known of the blocks counted, and the trace that each is of.
  let rankings: [(kind: CostKind, trace: AnalyzedTrace)]
  let figures: [SummaryFigure]
  /// The heap over time, ready to be written.
  let timeline: [String]
  let advice: [(arguments: String, purpose: String)]
  let style: TextStyle
  /// Origins in the first ranking; nil for as many as there is room for.
  let limit: Int?
  /// Lines of the page that stand above, the title not counted.
  var linesAbove = 0

  /// Lines that are always there, whatever is to be told.
  static let leastLines = 24

  /// Writes the rankings and all behind them; the title stands above.
  func write(to output: inout some TextOutputStream) {
    let room = max(Self.leastLines, style.height)
    let notices = noticeLines(room: room)
    var lines =
      room - linesAbove - 2 - figures.count - timeline.count - notices.count - advice.count - 3
    for (place, ranking) in rankings.enumerated() {
      let origins = StackOrigins(ranking.trace.stacks, by: ranking.kind)
      let wanted = limit ?? (place == 0 ? 3 : 2)
      // The first ranking has an answer however small the page is.
      let fitting = limit ?? max(place == 0 ? 2 : 0, min(wanted, (lines - 2) / 2))
      guard fitting > 0, !origins.origins.isEmpty else { continue }
      lines -= write(ranking, origins, limit: fitting, to: &output)
    }
    output.write("\n")
    Self.write(figures, to: &output, style)
    for line in timeline { output.write(line + "\n") }
    for line in notices { output.write(line + "\n") }
    output.write("\n")
    for line in adviceLines { output.write(style.faint(line) + "\n") }
  }

  private func write(
    _ ranking: (kind: CostKind, trace: AnalyzedTrace), _ origins: StackOrigins, limit: Int,
    to output: inout some TextOutputStream
  ) -> Int {
    let kind = ranking.kind
    let total = kind.total(of: ranking.trace.profile.totals)
    let title = CostText.title(kind, ranking.trace.profile)
    let whole = CostText.whole(kind, ranking.trace.profile)
    let remark = NameShortener.cut(whole, to: style.width - SafeText.columns(title) - 2)
    output.write("\n\(style.title(title))  \(style.faint(remark))\n")
    var lines = 2
    for origin in origins.ranked(by: kind, limit: limit) {
      let frames = ranking.trace.stacks.frames(of: origin.largest)
      let share = Quantity.percent(kind.value(of: origin.cost), of: total)
      let value = CostText.value(kind, origin.cost)
      let figures =
        TextTable.spaces(8 - SafeText.columns(share)) + share
        + TextTable.spaces(12 - SafeText.columns(value)) + value + "  "
      let own = frames.firstIndex { !$0.isLibrary }
      let name = StackText(style: style).origin(
        frames, place: own.map { StackText.place(of: frames[$0]) } ?? "",
        blocks: blocks(kind, origin.cost),
        stacks: origin.stacks > 1 ? Quantity.counted(origin.stacks, "stack") : "",
        columns: style.width - figures.count)
      output.write(style.strong(figures) + name + "\n")
      lines += 1
      let callers = callers(in: frames, behind: own ?? 0, indent: figures.count)
      if !callers.isEmpty {
        output.write(TextTable.spaces(figures.count) + style.faint(callers) + "\n")
        lines += 1
      }
    }
    return lines
  }

  /// How many blocks, and of which size.
  private func blocks(_ kind: CostKind, _ cost: StackCost) -> String {
    let count = kind.blocks(of: cost)
    guard kind.isBytes, count > 0 else { return "" }
    return "\(Quantity.grouped(count)) × \(CostText.size(kind, cost))"
  }

  /// Who called, from the nearest on, and the outermost: as many as a line holds.
  private func callers(in frames: [PresentedFrame], behind own: Int, indent: Int) -> String {
    let callers = frames.dropFirst(own + 1)
    guard let outermost = callers.last else { return "" }
    let room = style.width - indent
    let arrow = style.drawsUnicode ? "← " : "<- "
    let end = "… " + arrow + shortened(outermost, columns: room / 3)
    var line = ""
    for (number, frame) in callers.enumerated() {
      let isLast = number + 1 == callers.count
      let part = arrow + shortened(frame, columns: room / 2)
      let needed = isLast ? 0 : SafeText.columns(end) + 1
      guard SafeText.columns(line) + SafeText.columns(part) + 1 + needed <= room else {
        return line + end
      }
      line += part + (isLast ? "" : " ")
    }
    return line
  }

  private func shortened(_ frame: PresentedFrame, columns: Int) -> String {
    NameShortener(columns: columns).shortened(SafeText.sanitized(frame.function))
      + (frame.line.map { ":\($0)" } ?? "")
  }

  /// What a reader should know, the most important first, as far as there is room. That much more is
  /// resident than the figures tell of is always said.
  private func noticeLines(room: Int) -> [String] {
    let notices = trace.notices.filter { $0.severity != .damage }
    guard !notices.isEmpty else { return [] }
    let most = room >= 36 ? 5 : 2
    var lines = [""]
    var isFull = false
    var left = 0
    for (number, notice) in notices.sorted(by: { rank(of: $0) < rank(of: $1) }).enumerated() {
      var text = ""
      NoticeText.write([notice], to: &text, style: style)
      let own = text.split(separator: "\n").map(String.init)
      let isLast = number + 1 == notices.count
      if !isFull { isFull = lines.count + own.count + (isLast ? 0 : 1) > most + 1 }
      if isFull, notice.kind != .residentAboveHeap { left += 1 } else { lines += own }
    }
    if left > 0 {
      lines.append("  " + style.faint("\(Quantity.counted(left, "more notice")): --long"))
    }
    return lines
  }

  private func rank(of notice: Notice) -> Int {
    if notice.severity == .warning { return 0 }
    return switch notice.kind {
    case .pythonObjects: 1
    case .residentAboveHeap: 2
    default: 3
    }
  }

  private var adviceLines: [String] {
    let width = advice.reduce(0) { max($0, SafeText.columns($1.arguments)) }
    return advice.map { arguments, purpose in
      let padding = TextTable.spaces(width - SafeText.columns(arguments) + 2)
      return NameShortener.cut("memtrace-analyze \(arguments)\(padding)\(purpose)", to: style.width)
    }
  }

  /// Writes figures, a line each: label, value and as much of the remark as there is room for.
  static func write(
    _ figures: [SummaryFigure], to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let valueWidth = figures.reduce(0) { max($0, SafeText.columns($1.value)) }
    for figure in figures {
      let padding = TextTable.spaces(valueWidth - SafeText.columns(figure.value))
      let used = 2 + SummaryReport.labelWidth + valueWidth + 3
      let remark = figure.remark(columns: style.width - used)
      let remarkText = remark.isEmpty ? "" : "   " + style.faint(remark)
      let label = figure.label
      let gap = TextTable.spaces(SummaryReport.labelWidth - SafeText.columns(label))
      output.write(
        "  \(style.faint(label))\(gap)\(padding)\(style.strong(figure.value))\(remarkText)\n")
    }
  }
}
