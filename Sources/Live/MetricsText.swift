import Aggregation
import TraceFormat

/// The figures of a watch in the text format of Prometheus, or in that of OpenMetrics.
///
/// docs/Metrics.md documents the names. Base units; a label's values are bounded in number: processes
/// are those that `LiveState` has, functions the few that hold or gain most.
public struct MetricsText {
  public enum Format: Sendable {
    case prometheus
    case openMetrics

    /// What a client that accepts such types gets.
    public init(accept: String?) {
      let accept = accept?.lowercased() ?? ""
      self = accept.contains("application/openmetrics-text") ? .openMetrics : .prometheus
    }

    public var contentType: String {
      switch self {
      case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      }
    }
  }

  private enum Kind: String { case counter, gauge }

  private let state: LiveState
  private let format: Format
  private let mostFunctions: Int
  private var text = ""

  /// `functions`: as many of each process, by what they hold, and as many by what they gain.
  public init(_ state: LiveState, _ format: Format, functions mostFunctions: Int = 20) {
    self.state = state
    self.format = format
    self.mostFunctions = mostFunctions
  }

  /// The whole text.
  public static func text(
    _ state: LiveState, _ format: Format, functions mostFunctions: Int = 20
  ) -> String {
    var metrics = MetricsText(state, format, functions: mostFunctions)
    metrics.writeWatch()
    metrics.writeProcesses()
    metrics.writeFunctions()
    if format == .openMetrics { metrics.text += "# EOF\n" }
    return metrics.text
  }

  // MARK: Families

  private mutating func writeWatch() {
    family("memtrace_watch_processes", .gauge, "Processes that are being recorded.")
    sample(state.recorded.count)
    family("memtrace_watch_ended_processes", .counter, "Processes that have ended in view.")
    sample(state.processes.count - state.recorded.count + state.forgotten)
    family("memtrace_watch_step_seconds", .gauge, "What the last look took.", unit: "seconds")
    sample(state.stepSeconds)
  }

  private mutating func writeProcesses() {
    perProcess(
      "memtrace_recorded", .gauge, "1 while the process runs and is recorded, 0 once it has ended."
    ) { $0.isRecorded ? 1 : 0 }
    perProcess(
      "memtrace_heap_live_bytes", .gauge, "Bytes of all live blocks, as asked for.", unit: "bytes"
    ) { $0.now.totals.liveBytes }
    perProcess("memtrace_heap_live_blocks", .gauge, "Live blocks.") {
      $0.now.totals.liveAllocations
    }
    perProcess(
      "memtrace_heap_peak_bytes", .gauge, "The most that was ever live.", unit: "bytes"
    ) { $0.now.totals.peakBytes }
    perProcess("memtrace_heap_allocations", .counter, "Allocations.") { $0.now.totals.allocations }
    perProcess(
      "memtrace_heap_allocated_bytes", .counter, "Bytes of all allocations.", unit: "bytes"
    ) { $0.now.totals.allocatedBytes }
    perProcess("memtrace_heap_frees", .counter, "Blocks that were freed.") { $0.now.totals.frees }
    perProcess(
      "memtrace_heap_temporary_allocations", .counter,
      "Allocations that were freed before their thread allocated again."
    ) { $0.now.totals.temporaryAllocations }
    perProcess(
      "memtrace_mapped_bytes", .gauge, "Bytes mapped by mmap and accessible.", unit: "bytes"
    ) { $0.now.mappings?.liveBytes }
    perProcess(
      "memtrace_resident_bytes", .gauge, "Resident memory, by the kernel.", unit: "bytes"
    ) { $0.now.memory?.residentBytes }
    perProcess(
      "memtrace_resident_peak_bytes", .gauge, "The most that was ever resident, by the kernel.",
      unit: "bytes"
    ) { $0.now.memory?.highWaterBytes }
    perProcess(
      "memtrace_lost_events", .counter, "Allocations and frees that could not be recorded."
    ) { $0.now.totals.lostEvents }
    perProcess(
      "memtrace_recorded_seconds", .gauge,
      "From the start of recording to the latest thing that is known.", unit: "seconds"
    ) { Double($0.now.timeNanoseconds) / 1e9 }
  }

  private mutating func writeFunctions() {
    perFunction(
      "memtrace_function_live_bytes", "Live bytes of the functions that hold most.", unit: "bytes",
      by: { Double($0.liveBytes) }
    ) { String($0.liveBytes) }
    perFunction(
      "memtrace_function_growth_bytes",
      "Change of a function's live bytes since the watch began, of those that gained most.",
      unit: "bytes", by: { Double($0.growthBytes) }
    ) { String($0.growthBytes) }
    perFunction(
      "memtrace_suspect_growth_bytes_per_second",
      "How fast the least that a function holds rises, of those that rise fastest.",
      by: \.risingBytesPerSecond
    ) { String($0.risingBytesPerSecond) }
  }

  // MARK: Lines

  private mutating func perProcess(
    _ name: String, _ kind: Kind, _ help: String, unit: String? = nil,
    _ value: (LiveState.Process) -> (some Numeric & LosslessStringConvertible)?
  ) {
    family(name, kind, help, unit: unit)
    for process in state.processes {
      guard let value = value(process) else { continue }
      line(name, kind, labels(of: process), String(value))
    }
  }

  private mutating func perFunction(
    _ name: String, _ help: String, unit: String? = nil, by order: (LiveFunction) -> Double,
    _ value: (LiveFunction) -> String
  ) {
    family(name, .gauge, help, unit: unit)
    for process in state.processes {
      let ranked = process.functions.filter { order($0) > 0 }
        .sorted { (order($0), $1.name, $1.module) > (order($1), $0.name, $0.module) }
      for function in ranked.prefix(mostFunctions) {
        let labels =
          labels(of: process) + [("function", function.name), ("module", function.module)]
        line(name, .gauge, labels, value(function))
      }
    }
  }

  /// What tells a process from all others of the watch.
  private func labels(of process: LiveState.Process) -> [(String, String)] {
    [
      ("pid", String(process.now.process.pid)), ("program", process.now.process.program),
      ("trace", process.path),
    ]
  }

  private var latest: (name: String, kind: Kind)?

  private mutating func family(
    _ name: String, _ kind: Kind, _ help: String, unit: String? = nil
  ) {
    // OpenMetrics names a counter's family without the ending of its samples.
    let shown = format == .openMetrics || kind == .gauge ? name : name + "_total"
    text += "# HELP \(shown) \(help)\n# TYPE \(shown) \(kind.rawValue)\n"
    if format == .openMetrics, let unit { text += "# UNIT \(shown) \(unit)\n" }
    latest = (name, kind)
  }

  private mutating func sample(_ value: some LosslessStringConvertible) {
    guard let latest else { return }
    line(latest.name, latest.kind, [], String(value))
  }

  private mutating func line(
    _ name: String, _ kind: Kind, _ labels: [(String, String)], _ value: String
  ) {
    text += kind == .counter ? name + "_total" : name
    if !labels.isEmpty {
      let parts = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
      text += "{" + parts.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  /// As both formats want a label's value.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
