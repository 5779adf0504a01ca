import TraceFormat

/// How a process ended, in a few words.
public enum EndText {
  public static func text(_ reason: ProcessEnd.Reason) -> String {
    switch reason {
    case .unknown: "ended, or was killed; nobody said how"
    case .exit(let code), .exitNow(let code): "exited with status \(code)"
    case .abort: "aborted"
    case .exec: "became another program"
    case .signal(let number): "was killed by signal \(number)"
    case .recordingStopped: "runs on, but recording has stopped"
    }
  }
}
