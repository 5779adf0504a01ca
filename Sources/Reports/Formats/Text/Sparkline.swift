import Aggregation

/// The heap over time as one line of block characters.
enum Sparkline {
  private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// One character for each of `columns` equal spans of time: the most that was live within it.
  ///
  /// Empty for a trace without a timeline or without any live byte.
  static func heap(_ timeline: [TimelinePoint], columns: Int) -> String {
    guard let spans = TimeColumns(timeline, count: columns) else { return "" }
    let highest = spans.largest(of: timeline, \.maximumBytes)
    guard let peak = highest.max(), peak > 0 else { return "" }
    return String(
      highest.map { bytes in
        guard bytes > 0 else { return " " }
        return levels[
          min(levels.count - 1, Int(Double(bytes) / Double(peak) * Double(levels.count)))]
      })
  }
}
