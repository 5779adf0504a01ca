/// A series of values as columns of characters, a few rows high.
///
/// Eighths of a row are drawn with block characters where the style allows them, thirds with ASCII
/// else. Levels are horizontal lines with a meaning of their own, such as a limit.
struct ColumnChart {
  /// A horizontal line, and how what lies above it stands out.
  struct Level {
    enum Severity { case warning, critical }
    let value: Double
    let severity: Severity
  }

  private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let marks: [Character] = [" ", ".", ":", "#"]

  /// One for each column.
  let values: [Double]
  let rows: Int
  /// The value at the upper edge; greater than 0.
  let top: Double
  var levels: [Level] = []

  /// The rows from the top down, each `values.count` columns wide.
  func lines(style: TextStyle) -> [String] {
    let glyphs = style.drawsUnicode ? Self.blocks : Self.marks
    let line: Character = style.drawsUnicode ? "╌" : "-"
    let height = top / Double(rows)
    return (0..<rows).map { row in
      let floor = Double(rows - 1 - row) * height
      let isLine = levels.contains { $0.value >= floor && $0.value < floor + height }
      var text = ""
      var run = ""
      var runSeverity: Level.Severity?
      for value in values {
        let glyph = Self.glyph(value, above: floor, height: height, isLowest: floor == 0, glyphs)
        let isEmpty = glyph == " "
        let severity = isEmpty ? nil : severity(of: value, above: floor)
        if severity != runSeverity {
          text += style.severity(run, runSeverity)
          run = ""
          runSeverity = severity
        }
        run.append(isEmpty && isLine ? line : glyph)
      }
      return text + style.severity(run, runSeverity)
    }
  }

  private static func glyph(
    _ value: Double, above floor: Double, height: Double, isLowest: Bool, _ glyphs: [Character]
  ) -> Character {
    let steps = Double(glyphs.count - 1)
    let filled = Int(((value - floor) / height * steps).rounded())
    // What is not nothing is seen.
    let least = isLowest && value > 0 ? 1 : 0
    return glyphs[max(least, min(glyphs.count - 1, filled))]
  }

  /// What stands above a level in a column that rises above it.
  private func severity(of value: Double, above floor: Double) -> Level.Severity? {
    let height = top / Double(rows)
    let crossed = levels.filter { value > $0.value && floor + height > $0.value }
    if crossed.contains(where: { $0.severity == .critical }) { return .critical }
    return crossed.isEmpty ? nil : .warning
  }
}

extension TextStyle {
  fileprivate func severity(_ text: String, _ severity: ColumnChart.Level.Severity?) -> String {
    switch severity {
    case .critical: alarm(text)
    case .warning: warning(text)
    case nil: text
    }
  }
}
