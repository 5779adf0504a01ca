import Aggregation
import TraceFormat

/// The timeline as a table for spreadsheets and plotting tools: a row for each interval, in the
/// comma-separated form of RFC 4180 with a title row.
struct TimelineCSV {
  private let profile: HeapProfile
  private let window: Range<UInt64>

  /// Prepares the table of a profile's timeline, which is that of a window.
  init(_ profile: HeapProfile, in window: Range<UInt64>) {
    self.profile = profile
    self.window = window
  }

  /// Writes the table. Intervals end at their time; the resident size is the largest sample within
  /// an interval, empty if there was none; marks are their labels, parted by line breaks.
  func write(to output: inout some TextOutputStream) {
    output.write(
      "time_ns,live_bytes,minimum_bytes,maximum_bytes,live_allocations,allocations,"
        + "allocated_bytes,resident_bytes,marks\n")
    var samples = profile.memorySamples.filter { window.contains($0.timeNanoseconds) }[...]
    var marks = profile.marks.filter { window.contains($0.timeNanoseconds) }[...]
    for (index, point) in profile.timeline.enumerated() {
      let isLast = index + 1 == profile.timeline.count
      let end = isLast ? UInt64.max : point.timeNanoseconds
      let resident = samples.prefix { $0.timeNanoseconds < end }
      let labels = marks.prefix { $0.timeNanoseconds < end }
      samples = samples.dropFirst(resident.count)
      marks = marks.dropFirst(labels.count)
      let cells = [
        String(point.timeNanoseconds), String(point.liveBytes), String(point.minimumBytes),
        String(point.maximumBytes), String(point.liveAllocations), String(point.allocations),
        String(point.allocatedBytes),
        resident.map(\.residentBytes).max().map { String($0) } ?? "",
        Self.quoted(labels.map { SafeText.sanitized($0.label) }.joined(separator: "\n")),
      ]
      output.write(cells.joined(separator: ",") + "\n")
    }
  }

  /// A cell whose text is anything: always quoted unless it is empty.
  private static func quoted(_ text: String) -> String {
    guard !text.isEmpty else { return "" }
    let doubled = text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"")
    return "\"" + doubled + "\""
  }
}
