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
      state.isShown = true
      let share = Quantity.percent(progress.bytesRead, of: progress.bytesTotal)
      let events = Quantity.grouped(progress.events)
      StandardError.writeRaw("\r\u{1b}[2K\(label): \(share), \(events) events")
    }
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
