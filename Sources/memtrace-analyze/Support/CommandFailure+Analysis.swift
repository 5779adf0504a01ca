import Analysis
import Glibc
import Reports
import TraceFormat

extension CommandFailure {
  /// What it means that a question has no answer for `command`, with which one of several traces is then
  /// named.
  init(_ error: AnalysisError, command: String = "") {
    self =
      switch error {
      case .notOpened(let path, let cause): Self.notOpened(path, cause)
      case .noTraceHere(let others): Self.noTraceHere(others)
      case .noTraceInDirectory(let directory):
        CommandFailure("there is no trace in \(directory)", status: .usage)
      case .notRecorded(let pid): Self.notRecorded(pid)
      case .severalTraces(let choices): Self.severalTraces(choices, command)
      case .trace(let error): CommandFailure(error)
      case .nothingReadable:
        CommandFailure("none of the files is a trace that can be read", status: .dataError)
      case .changed(let path?):
        CommandFailure("\(path) is still being written; try again", status: .dataError)
      case .changed(nil):
        CommandFailure("the traces changed while they were read", status: .dataError)
      case .filter(let error): CommandFailure(error.description, status: .usage)
      case .unknownCost(let kind, let choice):
        CommandFailure(
          "--show \(choice.rawValue) knows no \(kind.rawValue): which blocks will be freed is not "
            + "known while they live.", status: .usage)
      }
  }

  /// What a trace that cannot be read means for the command.
  init(_ error: TraceError) {
    self.init(
      error.description, status: error.kind == .unreadable ? .usage : .dataError)
  }

  /// Why a path that names nothing is not opened; a word that is like a command was meant as one.
  private static func notOpened(_ path: String, _ cause: Int32) -> CommandFailure {
    if cause == ENOENT, let failure = MistypedCommand.failure(path) { return failure }
    return CommandFailure(
      "cannot open \(path): \(String(cString: strerror(cause)))", status: .usage)
  }

  private static func notRecorded(_ pid: UInt32) -> CommandFailure {
    guard access("/proc/\(pid)", F_OK) == 0 else {
      return CommandFailure("there is no process \(pid)", status: .usage)
    }
    return CommandFailure(
      "process \(pid) is not being recorded, or belongs to another user: start it with memtrace run, "
        + "or name its trace", status: .usage)
  }

  /// The largest traces first.
  private static func severalTraces(_ choices: [TraceChoice], _ command: String) -> CommandFailure {
    let shown = 10
    let lines = choices.prefix(shown).map {
      "  memtrace-analyze \(command) \(SafeText.sanitized($0.path))  "
        + "(\(SafeText.sanitized($0.program)), pid \($0.pid))"
    }
    let more = choices.count > shown ? ["  … \(Quantity.grouped(choices.count - shown)) more"] : []
    return CommandFailure(
      "\(command) is about one process, and these are \(Quantity.counted(choices.count, "trace")). "
        + "Name one of them:\n" + (lines + more).joined(separator: "\n"), status: .usage)
  }

  private static func noTraceHere(_ others: [String]) -> CommandFailure {
    let advice =
      others.isEmpty
      ? """
      Record a program first:
        LD_PRELOAD=libmemtrace.so ./app       writes trace.bin here
      or name a trace:
        memtrace-analyze FILE
      """
      : "Here are other traces; name one of them:\n"
        + others.prefix(10).map { "  memtrace-analyze \($0)" }.joined(separator: "\n")
    return CommandFailure(
      "there is no \(TraceArgument.defaultPath) in this directory.\n\(advice)", status: .usage)
  }
}
