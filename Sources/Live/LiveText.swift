import Aggregation
import Reports

/// The figures of a watch in lines for a log.
public enum LiveText {
  /// A line for each process.
  public static func lines(_ state: LiveState) -> String {
    state.processes.map { line($0) + "\n" }.joined()
  }

  private static func line(_ process: LiveState.Process) -> String {
    let (now, totals) = (process.now, process.now.totals)
    var parts = [
      "\(SafeText.sanitized(now.process.program)) (pid \(now.process.pid))",
      "\(Quantity.bytes(totals.liveBytes)) live in \(Quantity.counted(totals.liveAllocations, "block"))",
      "peak \(Quantity.bytes(totals.peakBytes))",
    ]
    if let memory = now.memory { parts.append("resident \(Quantity.bytes(memory.residentBytes))") }
    parts.append("\(Quantity.grouped(Int(process.allocationsPerSecond))) allocations/s")
    if totals.lostEvents > 0 {
      parts.append("\(Quantity.counted(totals.lostEvents, "event")) lost")
    }
    if let trouble = process.trouble { parts.append(SafeText.sanitized(trouble)) }
    switch now.state {
    case .recorded: break
    case .ended: parts.append(EndText.text(now.process.end.reason))
    case .replaced: parts.append("another trace has taken its place")
    }
    return "\(Quantity.moment(nanoseconds: now.timeNanoseconds))  " + parts.joined(separator: ", ")
  }
}
