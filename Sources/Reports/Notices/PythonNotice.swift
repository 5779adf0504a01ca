import Aggregation

/// Says which of a Python program's objects are in the figures: CPython asks malloc for the large
/// ones, and cuts the small ones from arenas, unless it was told to ask for each.
enum PythonNotice {
  private static let variable = "PYTHONMALLOC="

  static func notices(_ trace: AnalyzedTrace) -> [Notice] {
    guard trace.stacks.isInterpreted, trace.profile.traceCount == 1 else { return [] }
    let choice = trace.profile.process.environment.first { $0.hasPrefix(variable) }
    let message =
      choice?.dropFirst(variable.count).hasPrefix("malloc") ?? false
      ? "\(choice ?? "") was in force: every Python object is a block of its own."
      : "Python objects up to 512 bytes are not counted: try \(variable)malloc."
    return [Notice(severity: .note, kind: .pythonObjects, message: message)]
  }
}
