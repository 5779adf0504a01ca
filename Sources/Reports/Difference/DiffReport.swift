import Aggregation

/// What changed between two traces, or between two moments of one: in sum and by stack or group.
public struct DiffReport: Sendable {
  let difference: TraceDifference
  private let limit: Int
  /// What the two sides are called: paths, or moments.
  private let names: (before: String, after: String)

  /// Creates the report of the `limit` largest changes.
  public init(
    _ difference: TraceDifference, names: (before: String, after: String), limit: Int
  ) {
    self.difference = difference
    self.names = names
    self.limit = limit
  }

  var kind: CostKind { difference.question.kind }
  var grouping: CostGrouping { difference.question.grouping }
  private var changes: [TraceDifference.Row] { difference.rows.filter { $0.change != 0 } }

  /// Writes the changes as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    let arrow = style.drawsUnicode ? "→" : "->"
    output.write(
      style.title(SafeText.sanitized(names.before)) + " \(arrow) "
        + style.title(SafeText.sanitized(names.after)) + "\n")
    writeHeading(to: &output, style)
    let (before, after) = (difference.totalBefore, difference.totalAfter)
    output.write(
      "\n  \(kind.rawValue)  \(amount(before)) \(arrow) \(amount(after))   "
        + style.strong(signed(after &- before)) + "\n\n")
    writeParts(to: &output, style)
    let changes = changes
    if changes.isEmpty { output.write("\n  No \(grouping.rawValue) has changed.\n") }
    for (index, row) in changes.prefix(limit).enumerated() {
      write(row, rank: index + 1, arrow: arrow, to: &output, style)
    }
    if changes.count > limit {
      let more = Quantity.counted(changes.count - limit, "more change")
      let rest = changes.dropFirst(limit).reduce(0) { $0 &+ $1.change }
      let sum = kind.isAdditive ? ", \(signed(rest)) in sum" : ""
      output.write("\n    " + style.faint("… \(more)\(sum)") + "\n")
    }
  }

  /// Which blocks are compared, and what is wrong with the traces.
  private func writeHeading(to output: inout some TextOutputStream, _ style: TextStyle) {
    let sides = [("Before", difference.before), ("After", difference.after)]
    let sentences = sides.compactMap { $1.filterSentence }
    if Set(sentences).count == 1 {
      ReportHeading.writeFilter(of: difference.before, to: &output, style: style)
    } else {
      for (name, trace) in sides {
        guard let sentence = trace.filterSentence else { continue }
        let text = SafeText.sanitized("\(name): \(sentence)")
        for line in TextWrap.lines(of: text, columns: style.width) {
          output.write(style.strong(line) + "\n")
        }
      }
    }
    NoticeText.write(
      notices.filter { $0.severity != .note }, to: &output, style: style)
  }

  /// Of both traces; the same is said once.
  private var notices: [Notice] {
    let before = difference.before.notices
    return before + difference.after.notices.filter { !before.contains($0) }
  }

  private func writeParts(to output: inout some TextOutputStream, _ style: TextStyle) {
    var table = TextTable([
      ("", .left), (Self.plural(grouping), .right), ("change", .right),
    ])
    for (part, rows) in difference.parts where !rows.isEmpty {
      table.add([
        part == .same ? "the same" : part.rawValue, Quantity.grouped(rows.count),
        kind.isAdditive ? signed(rows.reduce(0) { $0 &+ $1.change }) : "",
      ])
    }
    table.write(to: &output, indent: "  ", style: style)
  }

  private static func plural(_ grouping: CostGrouping) -> String { grouping.rawValue + "s" }

  private func write(
    _ row: TraceDifference.Row, rank: Int, arrow: String, to output: inout some TextOutputStream,
    _ style: TextStyle
  ) {
    let blocks = row.blocksAfter - row.blocksBefore
    let details = [
      "\(amount(row.before)) \(arrow) \(amount(row.after))",
      kind.isBytes ? "\(blocks > 0 ? "+" : "")\(Quantity.counted(blocks, "block"))" : "",
      row.isGained ? "gained" : row.isLost ? "lost" : "",
      row.match == .fuzzy ? "frames differ" : "",
      row.stacks > 1 ? "of \(Quantity.grouped(row.stacks)) stacks the largest:" : "",
    ]
    let text = details.filter { !$0.isEmpty }.joined(separator: ", ")
    let change = row.change > 0 ? style.alarm(signed(row.change)) : style.strong(signed(row.change))
    output.write("\n \(rank)  \(change)   \(style.faint(text))\n")
    switch row.name {
    case .stack(let stack):
      let frames = difference.stacks(of: row).frames(of: stack)
      StackText(style: style).write(frames, to: &output, indent: 4)
    case .group(let label):
      let cells = GroupText.cells(label, grouping, columns: style.width - 24)
        .map(SafeText.sanitized)
      let name = (cells.last.map { [style.strong($0)] } ?? []) + cells.dropLast().map(style.faint)
      output.write("    " + name.joined(separator: "  ") + "\n")
    }
  }

  private func amount(_ value: Int) -> String {
    kind.isBytes ? Quantity.bytes(value) : Quantity.grouped(value)
  }

  private func signed(_ value: Int) -> String {
    if value == 0 { return "0" }
    return (value > 0 ? "+" : "-") + amount(Int(clamping: value.magnitude))
  }

  /// Writes the changes as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.identity("memtrace-diff", analyzerVersion, to: &json)
      ReportJSON.trace("before", difference.before, to: &json)
      ReportJSON.trace("after", difference.after, to: &json)
      json.member("by", kind.rawValue)
      json.member("groupBy", grouping.rawValue)
      json.member("inclusive", difference.question.isInclusive)
      json.member("totalBefore", difference.totalBefore)
      json.member("totalAfter", difference.totalAfter)
      json.object("sums") { json in
        for (part, rows) in difference.parts {
          json.object(part.rawValue, compact: true) { json in
            json.member("entries", rows.count)
            json.member(
              "change", optional: kind.isAdditive ? rows.reduce(0) { $0 &+ $1.change } : nil)
          }
        }
      }
      ReportJSON.notices(notices, to: &json)
      json.array("changes") { json in
        for row in changes.prefix(limit) { write(row, to: &json) }
      }
    }
    json.finish()
  }

  private func write<Output>(_ row: TraceDifference.Row, to json: inout JSONWriter<Output>) {
    json.object { json in
      json.member("change", row.change)
      json.member("before", row.before)
      json.member("after", row.after)
      json.member("blocksBefore", row.blocksBefore)
      json.member("blocksAfter", row.blocksAfter)
      json.member("match", row.match?.rawValue)
      json.member("stacks", row.stacks)
      switch row.name {
      case .stack(let stack):
        json.array("frames") { json in
          for frame in difference.stacks(of: row).frames(of: stack) {
            ReportJSON.frame(frame, to: &json)
          }
        }
      case .group(let label): GroupText.members(label, grouping, to: &json)
      }
    }
  }
}
