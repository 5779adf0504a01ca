import Glibc

/// Finds the file that the user means, and says what to do if there is none.
enum TraceLocator {
  /// The path to read: the one given, or `trace.bin` in the working directory.
  ///
  /// - Throws: `CommandFailure` with status 2 if it names nothing that can be read.
  static func locate(_ argument: String?) throws -> String {
    let path = argument ?? TraceArgument.defaultPath
    var status = stat()
    guard stat(path, &status) == 0 else {
      let cause = errno
      if argument == nil, cause == ENOENT { throw noDefaultTrace() }
      throw CommandFailure(
        "cannot open \(path): \(String(cString: strerror(cause)))", status: .usage)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw CommandFailure("\(path) is a directory, not a trace", status: .usage)
    }
    return path
  }

  private static func noDefaultTrace() -> CommandFailure {
    let others = TraceDirectory.names(in: ".").filter(TraceDirectory.looksLikeTrace)
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
