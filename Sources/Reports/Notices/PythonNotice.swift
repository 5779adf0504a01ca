import Aggregation

/// Says which of a Python program's objects are in the figures: CPython asks malloc for the large
/// ones and cuts the small ones from arenas, unless it was told to ask for each. The recorder sees
/// the small ones where `--python-objects` asks for it.
enum PythonNotice {
  private static let variable = "PYTHONMALLOC="

  static func notices(_ trace: AnalyzedTrace) -> [Notice] {
    let process = trace.profile.process
    let isAskedFor = process.recorder.hasSuffix(" python=objects")
    guard trace.stacks.isInterpreted || isAskedFor, trace.profile.traceCount == 1 else { return [] }
    let choice = process.environment.first { $0.hasPrefix(variable) }
    let counters = trace.profile.counters
    var message: String
    if choice?.dropFirst(variable.count).hasPrefix("malloc") ?? false {
      message = "\(choice ?? "") was in force: every Python object is a block of its own."
    } else if counters.pythonObjects > 0 {
      message = "Small Python objects are counted, too (--python-objects)\(share(trace.profile))."
      if counters.pythonArenasUnseen > 0 {
        message +=
          " \(Quantity.counted(counters.pythonArenasUnseen, "arena was", "arenas were")) not seen."
      }
    } else if isAskedFor {
      guard trace.stacks.isInterpreted else { return [] }
      message = "Python's allocators could not be wrapped: objects up to 512 bytes are not counted."
    } else {
      message = "Python objects up to 512 bytes are not counted: try --python-objects."
    }
    return [Notice(severity: .note, kind: .pythonObjects, message: message)]
  }

  private static func share(_ profile: HeapProfile) -> String {
    guard let objects = profile.objects, profile.selection == nil else { return "" }
    return ": \(Quantity.bytes(objects.peakBytes)) of the peak"
  }
}
