import Aggregation
import Analysis
import Dispatch
import Glibc
import Synchronization

/// Steps through the processes that are watched, and keeps what the last step found for whoever asks.
///
/// `step` belongs to one thread at a time. What it found may be read by any.
public final class LiveWatch: @unchecked Sendable {
  /// Functions are looked at as often as steps are made, unless that takes more than this part of the
  /// time.
  private static let mostShare = 0.2

  private let run: FollowedRun
  private let looksAtFunctions: Bool
  private let shared: Mutex<LiveState>
  private let startNanoseconds = MonotonicClock.nanoseconds
  private var growth: [ObjectIdentifier: FunctionGrowth] = [:]
  private var functionSeconds = 0.0
  private var functionsAt = -Double.infinity
  private let asksReset = Atomic(false)
  /// Processes whose functions were looked at after their end.
  private var ended: Set<ObjectIdentifier> = []

  /// Begins to watch what a process id, a trace or a directory names. Without a look at functions a step
  /// costs what is new, whatever the number of stacks.
  ///
  /// - Throws: `AnalysisError` if nothing can be followed.
  package init(
    _ target: String?, looksAtFunctions: Bool = true, _ presentation: StackPresentation,
    _ observer: AnalysisObserver
  ) throws(AnalysisError) {
    self.looksAtFunctions = looksAtFunctions
    run = try FollowedRun(target, presentation, observer)
    shared = Mutex(LiveState())
  }

  /// What the last step found.
  public var state: LiveState { shared.withLock { $0 } }

  /// How long to wait after a step, so that one begins every so many seconds. A step that takes long is
  /// followed by a pause as well: others need the processor, too.
  public func pauseMicroseconds(every seconds: Double) -> UInt32 {
    UInt32(max(0.05, min(3600, seconds) - state.stepSeconds) * 1e6)
  }

  /// Growth counts from the next step on.
  public func reset() { asksReset.store(true, ordering: .relaxed) }

  /// Reads what is new and looks at the functions, as often as they are worth it.
  @discardableResult
  package func step() -> [FollowedRun.Change] {
    let start = MonotonicClock.nanoseconds
    let changes = run.step()
    let seconds = Double(start - startNanoseconds) / 1e9
    if looksAtFunctions, seconds - functionsAt >= functionSeconds / Self.mostShare {
      lookAtFunctions(seconds)
      functionsAt = seconds
    }
    if asksReset.exchange(false, ordering: .relaxed) {
      for key in growth.keys { growth[key]?.reset() }
    }
    var state = LiveState()
    state.name = run.name
    state.watchesDirectory = run.watchesDirectory
    state.forgotten = run.forgotten
    state.seconds = seconds
    state.stepSeconds = Double(MonotonicClock.nanoseconds - start) / 1e9
    state.processes = run.processes.map { process in
      LiveState.Process(
        path: process.path, now: process.now, allocationsPerSecond: process.allocationsPerSecond,
        bytesPerSecond: process.bytesPerSecond, trouble: process.trouble,
        functions: growth[ObjectIdentifier(process)]?.functions ?? [])
    }
    shared.withLock { shared in
      state.step = shared.step + 1
      shared = state
    }
    return changes
  }

  /// Steps on a thread of its own from now on, each time so many seconds after the last, and tells of what
  /// came and went there.
  package func keepStepping(
    every seconds: Double, _ tell: @escaping @Sendable ([FollowedRun.Change]) -> Void = { _ in }
  ) {
    DispatchQueue(label: "memtrace.watch").async { [self] in
      while true {
        usleep(pauseMicroseconds(every: seconds))
        tell(step())
      }
    }
  }

  private func lookAtFunctions(_ seconds: Double) {
    let start = MonotonicClock.nanoseconds
    let known = Set(run.processes.map { ObjectIdentifier($0) })
    growth = growth.filter { known.contains($0.key) }
    for process in run.processes {
      let key = ObjectIdentifier(process)
      // Of one that has ended nothing changes, once its end was looked at.
      if process.isOver, ended.contains(key) { continue }
      guard let functions = try? process.functions() else { continue }
      growth[key, default: FunctionGrowth()].look(functions, at: seconds)
      if process.isOver { ended.insert(key) }
    }
    ended.formIntersection(known)
    functionSeconds = Double(MonotonicClock.nanoseconds - start) / 1e9
  }
}
