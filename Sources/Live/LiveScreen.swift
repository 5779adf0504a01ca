import Aggregation
import Reports

/// What a terminal shows of a watch: one process, and its functions in the order that was asked for.
/// Lines are made from figures alone; nothing here knows a terminal.
public struct LiveScreen {
  public enum Order: Character, CaseIterable, Sendable {
    case live = "l"
    case growth = "g"
    case rate = "r"
    case allocations = "a"

    var title: String {
      switch self {
      case .live: "live"
      case .growth: "growth"
      case .rate: "allocated/s"
      case .allocations: "allocations"
      }
    }

    fileprivate func value(_ function: LiveFunction) -> Double {
      switch self {
      case .live: Double(function.liveBytes)
      case .growth: Double(function.growthBytes)
      case .rate: function.allocatedBytesPerSecond
      case .allocations: Double(function.allocations)
      }
    }
  }

  /// As many looks as the widest terminal has columns, and some.
  private static let mostHistory = 500

  public var order = Order.live
  /// Which of the processes is shown.
  public var process = 0
  /// The first function that is shown.
  public var firstRow = 0
  public private(set) var isFrozen = false
  private var shown = LiveState()
  /// Live bytes at each look, by trace.
  private var history: [String: [Int]] = [:]
  private let drawsUnicode: Bool

  public init(drawsUnicode: Bool) { self.drawsUnicode = drawsUnicode }

  /// Stays at what is shown, or goes on.
  public mutating func freeze() { isFrozen.toggle() }

  /// Shows the next process, or the one before.
  public mutating func next(_ step: Int) {
    let count = max(1, shown.processes.count)
    process = (process + step % count + count) % count
    firstRow = 0
  }

  /// Takes what a watch found.
  public mutating func take(_ state: LiveState) {
    guard state.step != shown.step else { return }
    for process in state.processes {
      var course = history[process.path] ?? []
      course.append(process.now.totals.liveBytes)
      if course.count > Self.mostHistory { course.removeFirst() }
      history[process.path] = course
    }
    let known = Set(state.processes.map(\.path))
    history = history.filter { known.contains($0.key) }
    guard !isFrozen else { return }
    shown = state
    process = min(process, max(0, state.processes.count - 1))
  }

  /// The lines, as many as there are rows, none wider than so many columns.
  public func lines(columns: Int, rows: Int) -> [String] {
    guard columns >= 40, rows >= 8 else {
      return ["the terminal is too small"].map { cut($0, columns) }
    }
    guard shown.processes.indices.contains(process) else {
      return [
        cut("memtrace watches \(SafeText.sanitized(shown.name))", columns), "",
        cut("No process is being recorded yet.  q quit", columns),
      ]
    }
    let process = shown.processes[process]
    var lines = head(process, columns)
    let height = rows - lines.count - 2
    let ranked = ranked(process)
    let first = min(firstRow, max(0, ranked.count - height))
    lines.append(heading(columns))
    for function in ranked.dropFirst(first).prefix(height) {
      lines.append(row(function, columns))
    }
    while lines.count < rows - 1 { lines.append("") }
    lines.append(Self.inverse(padded(help, columns)))
    return lines
  }

  /// How far rows can be scrolled down at most.
  public var lastRow: Int {
    shown.processes.indices.contains(process)
      ? max(0, shown.processes[process].functions.count - 1) : 0
  }

  private func ranked(_ process: LiveState.Process) -> [LiveFunction] {
    process.functions.filter { order.value($0) != 0 || $0.liveBytes != 0 }
      .sorted {
        (order.value($0), $0.liveBytes, $1.name) > (order.value($1), $1.liveBytes, $0.name)
      }
  }

  // MARK: Lines

  private func head(_ process: LiveState.Process, _ columns: Int) -> [String] {
    let (now, totals) = (process.now, process.now.totals)
    let program = SafeText.sanitized(now.process.program)
    let place =
      shown.processes.count > 1 ? "  [\(self.process + 1)/\(shown.processes.count)]" : ""
    let time = Quantity.moment(nanoseconds: now.timeNanoseconds)
    var title = "\(program) (pid \(now.process.pid))\(place)  \(time)"
    switch now.state {
    case .recorded: break
    case .ended: title += "  \(EndText.text(now.process.end.reason))"
    case .replaced: title += "  another trace has taken its place"
    }
    if isFrozen { title += "  FROZEN" }
    let resident = now.memory.map { Quantity.bytes($0.residentBytes) } ?? "unknown"
    var lines = [
      Self.bold(cut(title, columns)),
      cut(
        "heap \(Quantity.bytes(totals.liveBytes)) in \(Quantity.counted(totals.liveAllocations, "block"))"
          + "   peak \(Quantity.bytes(totals.peakBytes))   resident \(resident)", columns),
      cut(
        "\(Quantity.grouped(Int(process.allocationsPerSecond))) allocations/s"
          + "   \(Quantity.bytes(Int(process.bytesPerSecond)))/s"
          + "   \(Quantity.grouped(totals.allocations)) in all"
          + (totals.lostEvents > 0 ? "   \(Quantity.grouped(totals.lostEvents)) LOST" : ""), columns
      ),
    ]
    if let trouble = process.trouble { lines.append(cut(SafeText.sanitized(trouble), columns)) }
    if drawsUnicode { lines.append(curve(history[process.path] ?? [], columns)) }
    return lines
  }

  /// The heap at the latest looks, as high as it was beside its highest of them.
  private func curve(_ course: [Int], _ columns: Int) -> String {
    let levels = Array(" ▁▂▃▄▅▆▇█")
    let shown = course.suffix(columns)
    let highest = max(1, shown.max() ?? 1)
    return String(
      shown.map { levels[max(0, min(8, Int((Double($0) / Double(highest) * 8).rounded(.up))))] })
  }

  private func heading(_ columns: Int) -> String {
    let titles = [Order.live, .growth, .rate].map {
      right(($0 == order ? "*" : "") + $0.title, 12)
    }
    let allocations = right((order == .allocations ? "*" : "") + "allocations", 13)
    return Self.bold(cut(titles.joined() + allocations + "  function", columns))
  }

  private func row(_ function: LiveFunction, _ columns: Int) -> String {
    let growth = function.growthBytes
    let sign = growth > 0 ? "+" : growth < 0 ? "-" : ""
    let figures =
      right(Quantity.bytes(function.liveBytes), 12)
      + right(sign + Quantity.bytes(abs(growth)), 12)
      + right(Quantity.bytes(Int(function.allocatedBytesPerSecond)), 12)
      + right(Quantity.grouped(function.allocations), 13)
    let module = function.module.isEmpty ? "" : "  \(function.module)"
    return cut(figures + "  " + SafeText.sanitized(function.name + module), columns)
  }

  private var help: String {
    "q quit  l g r a order  space freeze  0 since now"
      + (shown.processes.count > 1 ? "  tab process" : "")
  }

  // MARK: Text in columns

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - SafeText.columns(text))) + text
  }

  private func padded(_ text: String, _ width: Int) -> String {
    let text = cut(text, width)
    return text + String(repeating: " ", count: max(0, width - SafeText.columns(text)))
  }

  /// As much of a text as columns hold.
  private func cut(_ text: String, _ columns: Int) -> String {
    guard SafeText.columns(text) > columns else { return text }
    var kept = ""
    for character in text {
      guard SafeText.columns(kept + String(character)) < columns else { break }
      kept.append(character)
    }
    return kept + (drawsUnicode ? "…" : ".")
  }

  private static func bold(_ text: String) -> String { "\u{1b}[1m\(text)\u{1b}[0m" }
  private static func inverse(_ text: String) -> String { "\u{1b}[7m\(text)\u{1b}[0m" }
}
