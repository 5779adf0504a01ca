/// Rows of cells in aligned columns, for lists such as modules and threads.
///
/// Cells are plain text; the table sanitizes them, measures them and writes them, so that no
/// renderer counts spaces.
struct TextTable {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]]
  private let gap = "  "

  /// Creates a table with its column titles.
  init(_ columns: [(title: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows = [columns.map(\.title)]
  }

  /// Adds a row; it must have a cell for each column.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == alignments.count, "a row has one cell for each column")
    rows.append(cells.map(SafeText.sanitized))
  }

  /// Writes the title row and all rows, each led by `indent`.
  func write(to output: inout some TextOutputStream, indent: String, style: TextStyle) {
    let widths = alignments.indices.map { column in
      rows.reduce(0) { max($0, SafeText.columns($1[column])) }
    }
    for (number, row) in rows.enumerated() {
      var line = ""
      for (column, cell) in row.enumerated() {
        if column > 0 { line += gap }
        let padding = Self.spaces(widths[column] - SafeText.columns(cell))
        switch alignments[column] {
        case .right: line += padding + cell
        case .left: line += column + 1 == row.count ? cell : cell + padding
        }
      }
      while line.last == " " { line.removeLast() }
      output.write(indent + (number == 0 ? style.faint(line) : line) + "\n")
    }
  }

  static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
