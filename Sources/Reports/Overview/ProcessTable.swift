import Aggregation
import TraceFormat

/// The processes of a run as a table, a row for each or for several alike, the names indented by descent.
struct ProcessTable {
  private let group: ProfileGroup
  private let rows: ProcessRows

  /// Deeper descent is not drawn.
  private static let deepestIndent = 6
  /// Width from which on allocations have a column.
  private static let roomyWidth = 100

  init(_ group: ProfileGroup, limit: Int) {
    self.group = group
    rows = ProcessRows(group, limit: limit)
  }

  /// Writes the table with an empty line before it.
  func write(to output: inout some TextOutputStream, _ style: TextStyle) {
    let isRoomy = style.width >= Self.roomyWidth
    let numbers =
      ["Pid"] + (isRoomy ? ["Allocations"] : []) + ["Allocated", "Peak", "Leaked", "Time"]
    var cells = rows.rows.map { row in
      let members = row.members.map { group.members[$0] }
      return figures(of: members, isRoomy: isRoomy)
    }
    var names = rows.rows.map { row in
      TextTable.spaces(2 * min(row.depth, Self.deepestIndent)) + name(of: row)
    }
    if !rows.hasRoot, let first = group.members.first?.process, first.rootPID != 0 {
      let pid = String(first.rootPID)
      cells.insert([pid] + numbers.dropFirst().map { _ in "" }, at: 0)
      names.insert("[first process: no trace]", at: 0)
    }
    let widths = numbers.indices.map { column in
      cells.reduce(numbers[column].count) { max($0, SafeText.columns($1[column])) }
    }
    func line(_ cells: [String], _ name: String) -> String {
      var line = ""
      for (cell, width) in zip(cells, widths) {
        line += "  " + TextTable.spaces(width - SafeText.columns(cell)) + cell
      }
      return line + "  "
        + NameShortener.cut(SafeText.sanitized(name), to: max(8, style.width - line.count - 2))
    }
    output.write("\n" + style.faint(line(numbers, "Process")) + "\n")
    let leading = rows.rows.map(\.isLeading)
    let shift = names.count - leading.count
    for (index, (cells, name)) in zip(cells, names).enumerated() {
      let text = line(cells, name)
      let stands = index < shift || leading[index - shift]
      output.write((stands ? text : style.faint(text)) + "\n")
    }
    writeRest(to: &output, style)
  }

  private func figures(of members: [ProfileGroup.Member], isRoomy: Bool) -> [String] {
    let count = members.count
    let pid = count == 1 ? String(members[0].process.pid) : "× \(Quantity.grouped(count))"
    func sum(_ value: (HeapTotals) -> Int) -> Int { members.reduce(0) { $0 &+ value($1.totals) } }
    let time = members.map(\.process.durationNanoseconds).max() ?? 0
    return [pid] + (isRoomy ? [Quantity.grouped(sum(\.allocations))] : []) + [
      Quantity.bytes(sum(\.allocatedBytes)),
      // Peaks and times of several processes have no sum that ever was.
      (count > 1 ? "≤ " : "") + Quantity.bytes(members.map(\.totals.peakBytes).max() ?? 0),
      Quantity.bytes(sum(\.leakedBytes)),
      // The recorder's clock knows no less.
      time < 1_000_000
        ? "<1 ms" : (count > 1 ? "≤ " : "") + Quantity.duration(nanoseconds: time),
    ]
  }

  /// The command, with what is unusual of its end; of several processes what they have in common.
  private func name(of row: ProcessRows.Row) -> String {
    let members = row.members.map { group.members[$0] }
    let damaged = members.contains(where: \.isDamaged) ? ["damaged"] : []
    let endings = members.map { ProcessText.shortEnding(of: $0.process) }
    guard members.count > 1 else {
      let remarks = endings.compactMap(\.self) + damaged
      return ProcessText.shortCommand(of: members[0].process, remarks: remarks)
    }
    var counts: [String: Int] = [:]
    for ending in endings.compactMap(\.self) { counts[ending, default: 0] += 1 }
    let remarks =
      counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      .map { $1 == members.count ? $0 : "\($1) × \($0)" } + damaged
    let remark = remarks.isEmpty ? "" : " [\(remarks.joined(separator: ", "))]"
    return ProcessText.name(of: members[0].process) + remark
  }

  private func writeRest(to output: inout some TextOutputStream, _ style: TextStyle) {
    guard !rows.omitted.isEmpty else { return }
    let bytes = rows.omitted.reduce(0) { $0 &+ group.members[$1].totals.allocatedBytes }
    let rest = Quantity.counted(rows.omitted.count, "more trace")
    output.write(
      "  " + style.faint("… \(rest) with \(Quantity.bytes(bytes)); --json has them all") + "\n")
  }
}
