import Glibc

/// A program started in our place: same input, output, terminal and process group. Between its
/// start and its end this process only waits, and hands on the signals that were meant for it.
struct ChildProcess {
  let identifier: pid_t

  /// Sent to a launcher by whoever wants the program to act; the rest keeps its meaning here.
  private static let forwarded = [SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, SIGALRM]

  /// Starts the program at `path`; `arguments` is its argv, its own name included.
  ///
  /// - Throws: ``LaunchError/spawnFailed(program:reason:)``.
  init(path: String, arguments: [String], environment: Environment) throws(LaunchError) {
    // Signals are awaited, not handled: blocked from before the start, so that none is missed.
    signal(SIGCHLD, SIG_DFL)
    var before = sigset_t()
    var awaited = Self.awaitedSignals
    sigprocmask(SIG_BLOCK, &awaited, &before)
    do throws(LaunchError) {
      identifier = try Self.start(
        path: path, arguments: arguments, environment: environment, blocking: before)
    } catch {
      sigprocmask(SIG_SETMASK, &before, nil)
      throw error
    }
  }

  /// Starts a program with exactly these signals blocked; its process id.
  static func start(
    path: String, arguments: [String], environment: Environment, blocking signals: sigset_t
  ) throws(LaunchError) -> pid_t {
    var signals = signals
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    posix_spawnattr_setsigmask(&attributes, &signals)

    var started = pid_t()
    let failure = withCStrings(arguments) { argv in
      withCStrings(environment.entries) { envp in
        posix_spawn(&started, path, nil, &attributes, argv, envp)
      }
    }
    guard failure == 0 else {
      throw .spawnFailed(program: path, reason: SystemError.text(failure))
    }
    return started
  }

  /// Waits for the end of the program, handing on signals that were sent to this process alone;
  /// `attend` is called at the start and after every signal.
  func waitForwardingSignals(_ attend: () -> Void = {}) -> Ending {
    var awaited = Self.awaitedSignals
    while true {
      attend()
      var status: Int32 = 0
      let ended = waitpid(identifier, &status, WNOHANG)
      if ended == identifier { return Ending(waitStatus: status) }
      if ended < 0 && errno != EINTR { return .exit(125) }

      var information = siginfo_t()
      let number = sigwaitinfo(&awaited, &information)
      // What the kernel sends (Ctrl-C, a hangup) goes to the whole group: the program has it.
      let fromKernel: Int32 = 0x80
      if number > 0 && number != SIGCHLD && number != SIGIO && information.si_code != fromKernel {
        kill(identifier, number)
      }
    }
  }

  private static var awaitedSignals: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGCHLD)
    sigaddset(&set, SIGIO)
    for number in forwarded { sigaddset(&set, number) }
    return set
  }
}

/// Calls `body` with a NULL-terminated array of C strings that live as long as the call.
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { copies.forEach { free($0) } }
  return body(copies + [nil])
}
