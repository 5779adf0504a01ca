import Aggregation
import TraceFormat

/// What groups are called: in columns of text and in members of JSON.
enum GroupText {
  /// The titles of the columns that name a group.
  static func titles(_ grouping: CostGrouping) -> [String] {
    switch grouping {
    case .function: ["module", "function"]
    case .line: ["line"]
    case .file: ["file"]
    case .module: ["module"]
    case .thread: ["thread", "tid", "name"]
    case .size: ["size"]
    case .stack: []
    }
  }

  /// A group's name in the columns of `titles`, the last of them fitted into some columns.
  static func cells(
    _ label: CostGroup.Label, _ grouping: CostGrouping, columns: Int
  ) -> [String] {
    switch label {
    case .thread(let id, let thread):
      return [
        number(of: id, thread) + (thread?.owner.map { " of \($0.pid)" } ?? ""),
        thread.map { $0.tid == 0 ? "?" : String($0.tid) } ?? "?",
        thread?.name ?? "",
      ]
    case .size(let bytes): return ["\(Quantity.grouped(bytes)) B"]
    case .frame(let frame):
      let shortener = NameShortener(columns: columns)
      let module = frame.module.map(PresentedFrame.baseName)
      switch grouping {
      case .function:
        let distinction = frame.distinction.map { " (\(SafeText.sanitized($0)))" } ?? ""
        let room = NameShortener(columns: columns - SafeText.columns(distinction))
        return [module ?? "", room.shortened(frame.function ?? "") + distinction]
      case .module: return [frame.module ?? frame.function ?? "[no module]"]
      default:
        if let file = frame.file {
          return [shortener.shortened(file + (frame.line.map { ":\($0)" } ?? ""))]
        }
        let name = frame.function ?? "[no source known]"
        return [shortener.shortened(name + (module.map { " in \($0)" } ?? ""))]
      }
    }
  }

  /// The number that a thread's process gave it.
  static func number(of id: ThreadID, _ thread: ThreadProfile?) -> String {
    String((thread?.owner?.number ?? id).rawValue)
  }

  /// The members that name a group.
  static func members<Output>(
    _ label: CostGroup.Label, _ grouping: CostGrouping, to json: inout JSONWriter<Output>
  ) {
    switch label {
    case .thread(let id, let thread):
      if let owner = thread?.owner { json.member("pid", owner.pid) }
      json.member("thread", (thread?.owner?.number ?? id).rawValue)
      json.member("tid", optional: thread?.tid)
      json.member("name", thread?.name)
    case .size(let bytes): json.member("sizeBytes", bytes)
    case .frame(let frame):
      if grouping == .function || grouping == .line || frame.function != nil {
        json.member("function", frame.function)
      }
      if let distinction = frame.distinction { json.member("definedAt", distinction) }
      if grouping != .file || frame.file == nil { json.member("module", frame.module) }
      if grouping == .file || grouping == .line { json.member("file", frame.file) }
      if grouping == .line { json.member("line", optional: frame.line) }
    }
  }
}
