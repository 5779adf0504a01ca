import Analysis
import Glibc

/// Where an export goes: standard output, or a file that appears whole or not at all. It is made with
/// the first bytes, so that nothing is left of a command that was interrupted before.
final class ExportFile {
  private let path: String?
  private let temporary: String
  /// Of standard output, or of the file once it is made.
  private var descriptor: Int32?

  /// Looks whether the file can be made; nil is standard output.
  ///
  /// - Throws: `CommandFailure`: status 2 if bytes would go to a terminal, 74 if the file cannot be
  ///   made.
  init(_ path: String?, isBinary: Bool) throws {
    guard let named = path else {
      self.path = nil
      temporary = ""
      descriptor = STDOUT_FILENO
      if isBinary, isatty(STDOUT_FILENO) == 1 {
        throw CommandFailure(
          "this format is not for a terminal; name a file with -o, or redirect", status: .usage)
      }
      return
    }
    let path = try OutputPath.target(
      of: named, advice: "name a file, or leave -o out for standard output")
    self.path = path
    temporary = "\(path).\(getpid()).tmp"
    let (directory, _) = TraceDirectory.split(path)
    guard access(directory, W_OK) == 0 else { throw Self.failure(path) }
  }

  /// The file, made if it is not there yet.
  private func opened() throws -> Int32 {
    if let descriptor { return descriptor }
    let made = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard made >= 0 else { throw Self.failure(path ?? "") }
    descriptor = made
    return made
  }

  /// - Throws: `CommandFailure` with status 74. A reader of standard output that leaves early ends
  ///   the program quietly.
  func write(_ bytes: ArraySlice<UInt8>) throws {
    let descriptor = try opened()
    var rest = bytes
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno == EPIPE, path == nil {
        exit(ExitStatus.success.rawValue)
      } else if errno != EINTR {
        throw Self.failure(path ?? "standard output")
      }
    }
  }

  /// Gives the file its name.
  ///
  /// - Throws: `CommandFailure` with status 74.
  func finish() throws {
    guard let path else { return }
    let made = try opened()
    descriptor = nil
    guard close(made) == 0, rename(temporary, path) == 0 else {
      let failure = Self.failure(path)
      unlink(temporary)
      throw failure
    }
  }

  /// What was not finished is not left behind.
  deinit {
    guard path != nil, let descriptor else { return }
    close(descriptor)
    unlink(temporary)
  }

  private static func failure(_ path: String) -> CommandFailure {
    let cause = errno
    if cause == ENOENT, let failure = missingDirectory(of: path) { return failure }
    return CommandFailure(
      "cannot write \(path): \(String(cString: strerror(cause)))", status: .outputError)
  }

  /// What to say where a file cannot be made because there is no such directory; nil where there is.
  static func missingDirectory(of path: String) -> CommandFailure? {
    let (directory, _) = TraceDirectory.split(path)
    guard access(directory, F_OK) != 0, errno == ENOENT else { return nil }
    return CommandFailure(
      "cannot write \(path): there is no directory \(directory)", status: .outputError)
  }
}
