import Analysis
import Reports

extension AnalysisObserver {
  /// Tells of progress, and of what is left out, on standard error.
  static var onStandardError: AnalysisObserver {
    var observer = AnalysisObserver()
    // One activity follows the other.
    var current: (activity: Activity, line: ProgressLine)?
    observer.progress = { activity, progress in
      if current?.activity != activity { current = (activity, ProgressLine(activity.label)) }
      if let progress {
        current?.line.show(progress)
      } else {
        current?.line.clear()
        current = nil
      }
    }
    observer.leavesOut = { directory, traces, pid in
      StandardError.write(
        "memtrace-analyze: \(directory): \(Quantity.counted(traces, "trace")) of other runs left out; "
          + "this is the run of pid \(pid)")
    }
    return observer
  }
}

extension AnalysisObserver.Activity {
  fileprivate var label: String {
    switch self {
    case .readingMarks(let path): "reading marks of \(path)"
    case .reading(let path): "reading \(path)"
    case .readingTraces(let count): "reading \(Quantity.counted(count, "trace"))"
    case .followingStacks(let name): "following stacks of \(name)"
    }
  }
}
