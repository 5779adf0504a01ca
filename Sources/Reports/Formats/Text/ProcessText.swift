import Aggregation
import TraceFormat

/// What ran and how it ended, in words.
enum ProcessText {
  /// How the program ended, fit to follow its name: `exited with code 0`.
  static func ending(of process: TracedProcess) -> String {
    switch process.end.reason {
    case .exit(let code): "exited with code \(code)"
    case .exitNow(let code): "left by _exit with code \(code)"
    case .abort: "aborted"
    case .exec: "became another program by exec"
    case .signal(let number): "was killed by \(signalName(number))"
    case .recordingStopped: "was no longer recorded when it ended"
    case .unknown where process.isBeingRecorded:
      "is being recorded by process \(process.pid)"
        + (process.isOfOtherPidNamespace ? " of another pid namespace" : "")
    case .unknown:
      process.isClosed
        ? "ended in an unknown way" : "was killed, crashed or left by a raw system call"
    }
  }

  /// The same and how long it ran: `exited with code 0 after 1.2 s`.
  static func endingAndDuration(of process: TracedProcess) -> String {
    let duration = Quantity.elapsed(nanoseconds: process.durationNanoseconds)
    let isOver = process.end.reason != .unknown || !process.isBeingRecorded
    return ending(of: process) + (isOver ? " after \(duration)" : ", so far \(duration)")
  }

  /// The same in a word or two, for a row of a table; nil for the end that is nothing special.
  static func shortEnding(of process: TracedProcess) -> String? {
    switch process.end.reason {
    case .exit(0), .exitNow(0), .exec: nil
    case .exit(let code), .exitNow(let code): "exit \(code)"
    case .abort: "aborted"
    case .signal(let number): signalName(number)
    case .recordingStopped: "recording stopped"
    case .unknown where process.isBeingRecorded: "running"
    case .unknown: process.isClosed ? nil : "killed or crashed"
    }
  }

  /// What people call a program: the name by which it was called, beside its file's where that is another
  /// one (`ls (busybox)`), or what the process called itself later (`nginx: worker process`).
  static func name(of process: TracedProcess) -> String {
    let file = process.program
    guard process.title.isEmpty else {
      return process.title.contains(file) ? process.title : "\(process.title) (\(file))"
    }
    var called = PresentedFrame.baseName(process.arguments.first ?? "")
    if called.hasPrefix("-") { called.removeFirst() }  // a login shell
    let isWord = called.allSatisfy { $0.isLetter || $0.isNumber || "._+-[".contains($0) }
    let parts = file.split { !($0.isLetter || $0.isNumber || $0 == "_") }
    // `python3` is what everybody knows python3.11 by, and gcc its x86_64-linux-gnu-gcc-12.
    let isStem = file.hasPrefix(called) && !(file.dropFirst(called.count).first?.isLetter ?? false)
    if called.isEmpty || !isWord || called.hasPrefix(file) || isStem
      || parts.contains(Substring(called))
    {
      return file
    }
    return "\(called) (\(file))"
  }

  /// The name and the arguments, for a row of a table.
  static func shortCommand(of process: TracedProcess, remarks: [String] = []) -> String {
    let remark = remarks.isEmpty ? "" : " [\(remarks.joined(separator: ", "))]"
    let arguments = process.title.isEmpty ? process.arguments.dropFirst() : []
    return ([name(of: process) + remark] + arguments.map(quoted)).joined(separator: " ")
  }

  /// The end's name in JSON; part of the schema.
  static func endReason(of process: TracedProcess) -> (reason: String, status: Int32?) {
    switch process.end.reason {
    case .exit(let code): ("exit", code)
    case .exitNow(let code): ("exitNow", code)
    case .abort: ("abort", nil)
    case .exec: ("exec", nil)
    case .signal(let number): ("signal", number)
    case .recordingStopped: ("recordingStopped", nil)
    case .unknown: (process.isBeingRecorded ? "running" : "unknown", nil)
    }
  }

  /// The name of a Linux signal, such as `SIGSEGV`; `signal 42` if it has none.
  static func signalName(_ number: Int32) -> String {
    let names = [
      "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL",
      "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD",
      "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
      "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ]
    let index = Int(number) - 1
    return names.indices.contains(index) ? names[index] : "signal \(number)"
  }

  /// The command line, quoted so that a shell would read the same words.
  static func commandLine(of process: TracedProcess) -> String {
    let words = process.arguments.isEmpty ? [process.program] : process.arguments
    return words.map(quoted).joined(separator: " ")
  }

  private static func quoted(_ word: String) -> String {
    let plain = word.unicodeScalars.allSatisfy {
      $0.value >= 0x80 || ($0.properties.isAlphabetic || $0.properties.numericType != nil)
        || "_-+=/.,:@%^".unicodeScalars.contains($0)
    }
    if plain, !word.isEmpty { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }

  /// The moment in ISO 8601, UTC, to the second: `2026-11-21 10:12:03 UTC`.
  static func moment(realtimeNanoseconds: Int64) -> String {
    let seconds = realtimeNanoseconds.dividedFloor(by: 1_000_000_000)
    let days = seconds.dividedFloor(by: 86_400)
    let rest = seconds - days * 86_400
    let (year, month, day) = civil(daysSince1970: days)
    return "\(year)-\(two(month))-\(two(day)) "
      + "\(two(rest / 3600)):\(two(rest % 3600 / 60)):\(two(rest % 60)) UTC"
  }

  /// The Gregorian date of a day, counted in 400-year eras that begin on the first of March.
  private static func civil(daysSince1970 days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719_468
    let era = shifted.dividedFloor(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

extension Int64 {
  fileprivate func dividedFloor(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
