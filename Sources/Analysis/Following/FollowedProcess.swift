import Aggregation
import Glibc
import Reports
import Symbolization
import TraceFormat
import TraceInput

/// One process that is followed while it is recorded, with what a watcher asks of it: how fast it
/// allocates, and which functions hold its memory.
package final class FollowedProcess {
  /// A function's part of the heap: of the blocks whose innermost shown frame it is.
  package struct Function: Sendable, Hashable {
    package let name: String
    /// Base name; empty if the code is in none.
    package let module: String
    package var liveBytes = 0
    package var liveBlocks = 0
    package var allocations = 0
    package var allocatedBytes = 0

    /// What tells it from every other function.
    package var key: String { "\(name)\u{0}\(module)" }
  }

  package var path: String { trace.path }
  package private(set) var now: FollowedMoment
  /// Allocations and bytes allocated in a second, between the last two steps.
  package private(set) var allocationsPerSecond = 0.0
  package private(set) var bytesPerSecond = 0.0
  /// Why the last step failed; `nil` if it did not.
  package private(set) var trouble: String?

  private let trace: FollowedTrace
  private let presentation: StackPresentation
  private var symbolizer: (modules: [Module], symbolizer: Symbolizer)?
  private var steppedAt: UInt64
  private var failures = 0

  /// After so many steps in a row that failed the trace is given up.
  private static let mostFailures = 5

  /// Opens the trace and reads what it has.
  init(path: String, _ presentation: StackPresentation) throws(TraceError) {
    self.presentation = presentation
    var options = LoadOptions()
    options.timelinePoints = 2
    steppedAt = MonotonicClock.nanoseconds
    trace = try FollowedTrace(path: path, options: options)
    now = trace.now
  }

  package var isOver: Bool { trace.isOver || failures >= Self.mostFailures }

  /// Whether a file has the trace of this process.
  func isSame(as file: TraceFile) -> Bool { trace.isSame(as: file) }

  /// The trace was given another name.
  func move(to path: String) { trace.move(to: path) }

  /// Reads what is new.
  func step() {
    guard !isOver else { return }
    do throws(TraceError) {
      try trace.step()
      trouble = nil
      failures = 0
    } catch {
      trouble = error.description
      failures += 1
    }
    let time = MonotonicClock.nanoseconds
    let seconds = Double(time - steppedAt) / 1e9
    if seconds > 0 {
      let (before, after) = (now.totals, trace.now.totals)
      allocationsPerSecond = Double(after.allocations - before.allocations) / seconds
      bytesPerSecond = Double(after.allocatedBytes &- before.allocatedBytes) / seconds
    }
    steppedAt = time
    now = trace.now
  }

  /// The functions that allocated, in no order. Time is linear in the stacks; a function is looked up
  /// once as long as no module comes or goes.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func functions() throws(TraceError) -> [Function] {
    let profile = try trace.profile()
    let stacks = PresentedStacks(
      of: profile.stacks, costs: profile.costs, modules: profile.modules,
      symbolizer: symbolizer(for: profile), rules: presentation.rules,
      foldsRecursion: presentation.foldsRecursion)
    var functions: [String: Function] = [:]
    for cost in profile.costs {
      let frame = stacks.innermostFrame(ofRecorded: cost.stack)
      var function = Function(
        name: frame.map { frame in
          frame.distinction.map { "\(frame.function) (\($0))" } ?? frame.function
        } ?? "(no stack)",
        module: frame?.moduleName ?? "")
      function = functions[function.key] ?? function
      function.liveBytes += cost.liveBytes
      function.liveBlocks += cost.liveAllocations
      function.allocations += cost.allocations
      function.allocatedBytes &+= cost.allocatedBytes
      functions[function.key] = function
    }
    return Array(functions.values)
  }

  private func symbolizer(for profile: HeapProfile) -> Symbolizer {
    if let symbolizer, symbolizer.modules == profile.modules { return symbolizer.symbolizer }
    var options = presentation.symbolizer
    options.readsLines = false
    options.codeMaps[nil] = presentation.codeMap
    let made = Symbolizer(modules: profile.modules.map(ModuleImage.init), options: options)
    symbolizer = (profile.modules, made)
    return made
  }
}

/// A clock that no one sets.
package enum MonotonicClock {
  package static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
