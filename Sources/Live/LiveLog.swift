import Aggregation
import Analysis
import Glibc
import Reports

/// Tells what happens in a watch, one JSON object on each line: processes that begin and end, thresholds
/// that are passed, functions that grow. docs/JSON.md documents the members.
///
/// A threshold is told of when it is passed, and again when the figure is back below nine tenths of it:
/// one that sways about the threshold is not told of at each look.
public struct LiveLog: Sendable {
  /// From which on something is told; `nil` if never.
  public struct Thresholds: Sendable {
    public var heapBytes: Int?
    public var residentBytes: Int?
    /// Of a function, see `FunctionGrowth`.
    public var growthBytesPerSecond: Int?

    public init() {}
  }

  private struct Passed: Hashable {
    let path: String
    let event: String
    let function: String
  }

  private let thresholds: Thresholds
  private var passed: Set<Passed> = []

  public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

  /// The lines that a step brings.
  package mutating func lines(_ changes: [FollowedRun.Change], _ state: LiveState) -> [String] {
    let time = Self.timestamp
    var lines: [String] = []
    for change in changes {
      switch change {
      case .began(let path, let moment):
        lines.append(Self.line(time, "began", path, moment) { _ in })
      case .ended(let path, let moment, let trouble):
        passed = passed.filter { $0.path != path }
        lines.append(
          Self.line(time, "ended", path, moment) { json in
            json.member("end", EndText.text(moment.process.end.reason))
            json.member("trouble", trouble)
          })
      }
    }
    for process in state.recorded {
      lines += heapLines(time, process) + functionLines(time, process)
    }
    return lines
  }

  private mutating func heapLines(_ time: String, _ process: LiveState.Process) -> [String] {
    [
      crossing(
        time, process, "heap", process.now.totals.liveBytes, thresholds.heapBytes),
      crossing(
        time, process, "resident", process.now.memory.map { Int(clamping: $0.residentBytes) },
        thresholds.residentBytes),
    ].compactMap { $0 }
  }

  private mutating func functionLines(
    _ time: String, _ process: LiveState.Process
  ) -> [String] {
    guard thresholds.growthBytesPerSecond != nil else { return [] }
    return process.functions.sorted { ($0.name, $0.module) < ($1.name, $1.module) }.compactMap {
      crossing(
        time, process, "growth", Int($0.risingBytesPerSecond), thresholds.growthBytesPerSecond, $0)
    }
  }

  /// The line for a figure that has passed its threshold, or has come back.
  private mutating func crossing(
    _ time: String, _ process: LiveState.Process, _ event: String, _ value: Int?,
    _ threshold: Int?, _ function: LiveFunction? = nil
  ) -> String? {
    guard let value, let threshold else { return nil }
    let key = Passed(
      path: process.path, event: event,
      function: function.map { "\($0.name)\u{0}\($0.module)" } ?? "")
    let isPassed = passed.contains(key)
    guard isPassed ? Double(value) < 0.9 * Double(threshold) : value > threshold else { return nil }
    if isPassed { passed.remove(key) } else { passed.insert(key) }
    return Self.line(time, isPassed ? event + "Back" : event, process.path, process.now) { json in
      json.member("value", value)
      json.member("threshold", threshold)
      if let function {
        json.member("function", function.name)
        json.member("module", function.module)
        json.member("functionLiveBytes", function.liveBytes)
      }
    }
  }

  private static func line(
    _ time: String, _ event: String, _ path: String, _ moment: FollowedMoment,
    _ members: (inout JSONWriter<String>) -> Void
  ) -> String {
    var json = JSONWriter("")
    json.object(compact: true) { json in
      json.member("time", time)
      json.member("event", event)
      json.member("pid", moment.process.pid)
      json.member("program", moment.process.program)
      json.member("trace", path)
      json.member("timeNanoseconds", moment.timeNanoseconds)
      json.member("liveBytes", moment.totals.liveBytes)
      members(&json)
    }
    json.finish()
    return json.output
  }

  /// Now, as `2026-01-31T09:30:00.123Z`.
  private static var timestamp: String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var parts = tm()
    gmtime_r(&time.tv_sec, &parts)
    func digits(_ number: Int, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    let date = [
      digits(Int(parts.tm_year) + 1900, 4), digits(Int(parts.tm_mon) + 1, 2),
      digits(Int(parts.tm_mday), 2),
    ].joined(separator: "-")
    let clock = [
      digits(Int(parts.tm_hour), 2), digits(Int(parts.tm_min), 2), digits(Int(parts.tm_sec), 2),
    ].joined(separator: ":")
    return "\(date)T\(clock).\(digits(time.tv_nsec / 1_000_000, 3))Z"
  }
}
