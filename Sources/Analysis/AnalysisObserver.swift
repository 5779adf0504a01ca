import Aggregation

/// Follows an analysis: how far long readings have come, and what of a directory is left out. Called on
/// the thread that analyzes.
package struct AnalysisObserver {
  /// What takes long.
  package enum Activity: Sendable, Hashable {
    case readingMarks(path: String)
    case reading(path: String)
    case readingTraces(count: Int)
    case followingStacks(name: String)
  }

  /// How far an activity has come; nil when it is over.
  package var progress: (Activity, LoadProgress?) -> Void = { _, _ in }
  /// A directory holds so many traces of other runs than that of a first process.
  package var leavesOut: (_ directory: String, _ traces: Int, _ rootPID: UInt32) -> Void = {
    _, _, _ in
  }

  package init() {}

  /// Does what takes long, telling of it.
  func during<Value>(
    _ activity: Activity, _ body: (@escaping (LoadProgress) -> Void) throws -> Value
  ) throws(AnalysisError) -> Value {
    defer { progress(activity, nil) }
    let progress = progress
    return try AnalysisError.mapping { try body { progress(activity, $0) } }
  }
}
