import Glibc

/// The control socket of a recorder, as the asking side sees it: a request is one message, the answer
/// another. What the recorder understands is said in its `control.h`.
struct ControlSocket {
  private static let secondsToWait = 5

  private let descriptor: Int32
  private let process: pid_t

  /// Connects to a process's recorder, in the folder that recorders use if none is named.
  ///
  /// - Throws: ``LaunchError/noControl(process:reason:)``.
  init(folder: String?, process: pid_t) throws(LaunchError) {
    self.process = process
    let folder = folder ?? "/tmp/memtrace-\(geteuid())"
    func failure(_ reason: String) -> LaunchError { .noControl(process: process, reason: reason) }

    var status = stat()
    if lstat(folder, &status) == 0, status.st_uid != geteuid() || status.st_mode & 0o077 != 0 {
      throw failure("\(ShownPath.text(folder)) is not this user's alone")
    }
    guard let address = SocketAddress("\(folder)/\(process)") else {
      throw failure("\(ShownPath.text(folder)): the path is too long for a socket")
    }
    let kind = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw failure(SystemError.text(errno)) }
    var limit = timeval(tv_sec: Self.secondsToWait, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard address.withPointer({ connect(descriptor, $0, $1) }) == 0 else {
      let reason = Self.reason(errno, process)
      close(descriptor)
      throw failure(reason)
    }
  }

  private static func reason(_ code: Int32, _ process: pid_t) -> String {
    switch code {
    case ENOENT where kill(process, 0) != 0 && errno == ESRCH: "there is no such process"
    case ENOENT:
      "it has no control socket: it was not started with memtrace run --control, or its recording is over"
    case ECONNREFUSED: "its recording is over"
    default: SystemError.text(code)
    }
  }

  /// Sends a request; what the recorder has to say beyond that it was done.
  ///
  /// - Throws: ``LaunchError/noControl(process:reason:)``.
  func ask(_ request: String) throws(LaunchError) -> String {
    defer { close(descriptor) }
    var answer = [UInt8](repeating: 0, count: 16384)
    let bytes = Array(request.utf8)
    let sent = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    let count = sent == bytes.count ? recv(descriptor, &answer, answer.count, 0) : -1
    guard count > 0 else {
      let reason =
        count == 0 || errno != EAGAIN
        ? "its recorder closed the connection" : "its recorder does not answer"
      throw .noControl(process: process, reason: reason)
    }
    let text = String(decoding: answer[..<count], as: UTF8.self)
    if text.hasPrefix("ok\n") { return String(text.dropFirst(3)) }
    throw .noControl(
      process: process, reason: text.split(separator: "\n").first.map(String.init) ?? "")
  }
}
