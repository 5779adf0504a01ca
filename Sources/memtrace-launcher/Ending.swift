import Glibc

/// How a program ended, and how to end the same way.
enum Ending: Equatable {
  case exit(Int32)
  case signal(Int32)

  /// - Parameter waitStatus: as waitpid gives it.
  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exit(waitStatus >> 8 & 0xff) : .signal(signal)
  }

  /// Ends this process as the program ended: whoever waits for us sees what it would have seen.
  func passOn() -> Never {
    switch self {
    case .exit(let status):
      Glibc.exit(status)
    case .signal(let number):
      // The program has dumped its core; ours would overwrite it.
      var none = rlimit(rlim_cur: 0, rlim_max: 0)
      setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
      Glibc.signal(number, SIG_DFL)
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, number)
      sigprocmask(SIG_UNBLOCK, &set, nil)
      kill(getpid(), number)
      Glibc.exit(128 + number)
    }
  }
}
