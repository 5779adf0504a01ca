import Aggregation
import Reports
import Synchronization

/// A line on standard error that says how far a long reading has come. Only on a terminal, and
/// only once the work has taken a while.
final class ProgressLine: Sendable {
  private static let patience = Duration.milliseconds(700)
  private static let interval = Duration.milliseconds(100)

  private struct State {
    var nextUpdate: ContinuousClock.Instant
    var isShown = false
  }

  private let label: String
  private let start = ContinuousClock.now
  private let isEnabled = StandardError.isTerminal
  private let state: Mutex<State>

  init(_ label: String) {
    self.label = SafeText.sanitized(label)
    state = Mutex(State(nextUpdate: .now + Self.patience))
  }

  /// Shows progress, if it is time to. May be called from any thread and as often as wanted.
  func show(_ progress: LoadProgress) {
    guard isEnabled else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      guard now >= state.nextUpdate else { return }
      state.nextUpdate = now + Self.interval
      if !state.isShown { Interruption.clearsLine() }
      state.isShown = true
      let share = Quantity.percent(progress.bytesRead, of: progress.bytesTotal)
      StandardError.writeRaw("\r\u{1b}[2K\(label): \(share)\(pace(progress, now - start))")
    }
  }

  /// How fast it goes and how long it will take.
  private func pace(_ progress: LoadProgress, _ elapsed: Duration) -> String {
    let nanoseconds = UInt64(max(0, elapsed / .nanoseconds(1)))
    let rate = Quantity.rate(progress.events, nanoseconds: nanoseconds)
    guard progress.bytesRead > 0, progress.bytesTotal >= progress.bytesRead, !rate.isEmpty else {
      return ""
    }
    let rest = Double(progress.bytesTotal - progress.bytesRead) / Double(progress.bytesRead)
    let left = Quantity.duration(nanoseconds: UInt64(Double(nanoseconds) * rest))
    return ", \(Quantity.grouped(progress.events)) events, \(rate), \(left) left"
  }

  /// Takes the line away again.
  func clear() {
    guard isEnabled else { return }
    state.withLock { state in
      if state.isShown { StandardError.writeRaw("\r\u{1b}[2K") }
      state.isShown = false
      state.nextUpdate = .now + Self.patience
    }
  }
}
