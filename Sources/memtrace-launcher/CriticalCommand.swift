import Glibc

/// The command of `--on-critical`: recorders of the run say on a socket which threshold was reached,
/// and each time the command is run, one at a time. What comes meanwhile waits in the socket.
///
/// The command is a child of the launcher's, so that the program sees nothing of it.
final class CriticalCommand {
  /// Names the socket to recorders.
  static let variable = "MEMTRACE_NOTIFY"
  /// What a recorder may put into the command's environment.
  private static let figures: Set<Substring> = [
    "MEMTRACE_THRESHOLD", "MEMTRACE_MEASURE", "MEMTRACE_MEASURED_BYTES", "MEMTRACE_LIMIT_BYTES",
    "MEMTRACE_RESIDENT_BYTES", "MEMTRACE_VIRTUAL_BYTES", "MEMTRACE_PID", "MEMTRACE_TRACE",
  ]

  private let command: String
  private let directory: String
  private let socket: Int32
  private var running: pid_t?

  var path: String { directory + "/recorders" }

  /// Makes the socket, in a folder that is this user's alone.
  ///
  /// - Throws: ``LaunchError/noSocket(reason:)``.
  init(_ command: String) throws(LaunchError) {
    self.command = command
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/memtrace-XXXXXX".utf8CString)
    guard template.withUnsafeMutableBufferPointer({ mkdtemp($0.baseAddress!) }) != nil else {
      throw .noSocket(reason: "\(folder): \(SystemError.text(errno))")
    }
    directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    socket = Glibc.socket(AF_UNIX, kind, 0)
    errno = ENAMETOOLONG
    let address = SocketAddress(directory + "/recorders")
    guard socket >= 0, address?.withPointer({ bind(socket, $0, $1) }) == 0 else {
      let reason = SystemError.text(errno)
      remove()
      throw .noSocket(reason: "\(directory): \(reason)")
    }
  }

  /// From here on what recorders say is announced by SIGIO, which must be blocked.
  func listen() {
    _ = fcntl(socket, F_SETOWN, getpid())
    _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_ASYNC)
  }

  /// Starts the command if it is time to: to be called after every signal.
  func attend() {
    if let running {
      var status: Int32 = 0
      guard waitpid(running, &status, WNOHANG) != 0 else { return }
      self.running = nil
    }
    while running == nil, let lines = receive() { start(lines) }
  }

  /// Waits for the command, also for those runs that have not begun, and removes the socket.
  func finish() {
    attend()
    while let running {
      var status: Int32 = 0
      while waitpid(running, &status, 0) < 0 && errno == EINTR {}
      self.running = nil
      attend()
    }
    remove()
  }

  private func remove() {
    if socket >= 0 { close(socket) }
    unlink(path)
    rmdir(directory)
  }

  /// The lines of the next message; nil if there is none.
  private func receive() -> [Substring]? {
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = recv(socket, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
  }

  /// Runs the command for a threshold that is critical; another is not its business.
  private func start(_ lines: [Substring]) {
    guard lines.contains("MEMTRACE_THRESHOLD=critical") else { return }
    var environment = Environment.inherited()
    for line in lines {
      guard let sign = line.firstIndex(of: "="), Self.figures.contains(line[..<sign]) else {
        continue
      }
      environment[String(line[..<sign])] = String(line[line.index(after: sign)...])
    }
    do {
      running = try ChildProcess.start(
        path: "/bin/sh", arguments: ["sh", "-c", command], environment: environment,
        blocking: sigset_t())
    } catch {
      Console.note("--on-critical: \(error)")
    }
  }
}
