import Aggregation

/// The heap over time as one line of block characters.
enum Sparkline {
  private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// One character for each of `columns` equal spans of time: the most that was live within it.
  ///
  /// Empty for a trace without a timeline or without any live byte.
  static func heap(_ timeline: [TimelinePoint], columns: Int) -> String {
    guard let last = timeline.last, last.timeNanoseconds > 0, columns > 0 else { return "" }
    let end = Double(last.timeNanoseconds)
    var highest = [Int](repeating: 0, count: columns)
    var begin = UInt64(0)
    for point in timeline {
      // An interval counts in every column that it touches.
      let from = min(columns - 1, Int(Double(begin) / end * Double(columns)))
      let through = min(
        columns - 1, Int((Double(point.timeNanoseconds) / end * Double(columns)).rounded(.up)) - 1)
      for column in from...max(from, through) {
        highest[column] = max(highest[column], point.maximumBytes)
      }
      begin = point.timeNanoseconds
    }
    guard let peak = highest.max(), peak > 0 else { return "" }
    return String(
      highest.map { bytes in
        guard bytes > 0 else { return " " }
        return levels[
          min(levels.count - 1, Int(Double(bytes) / Double(peak) * Double(levels.count)))]
      })
  }
}
