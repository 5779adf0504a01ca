import Glibc
import Reports
import TraceInput

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
      throw notOpened(path, cause)
    }
    return path
  }

  /// What to say where a command is about one process and these are several; the largest traces first.
  static func severalTraces(_ files: [String], _ command: String) -> CommandFailure {
    let shown = 10
    let traces = files.compactMap { path in
      (try? TraceFile(path: path)).map { (path: path, file: $0) }
    }.sorted { ($0.file.source.byteCount, $1.path) > ($1.file.source.byteCount, $0.path) }
    let lines = traces.prefix(shown).map { path, file in
      "  memtrace-analyze \(command) \(SafeText.sanitized(path))  "
        + "(\(SafeText.sanitized(file.header.program)), pid \(file.header.pid))"
    }
    let more = traces.count > shown ? ["  … \(Quantity.grouped(traces.count - shown)) more"] : []
    return CommandFailure(
      "\(command) is about one process, and these are \(Quantity.counted(files.count, "trace")). "
        + "Name one of them:\n" + (lines + more).joined(separator: "\n"), status: .usage)
  }

  /// Why a path that names nothing is not opened; a word that is like a command was meant as one.
  static func notOpened(_ path: String, _ cause: Int32) -> CommandFailure {
    if cause == ENOENT, let failure = mistypedCommand(path) { return failure }
    return CommandFailure(
      "cannot open \(path): \(String(cString: strerror(cause)))", status: .usage)
  }

  /// What to say of a word that is neither a command nor a file; nil if it is like no command.
  static func mistypedCommand(_ word: String) -> CommandFailure? {
    guard let command = command(like: word) else { return nil }
    return CommandFailure(
      "there is no file \(word), and no such command; did you mean \(command)?", status: .usage)
  }

  /// The command that a word is most like, if it may be a slip of the hand.
  private static func command(like word: String) -> String? {
    guard word.allSatisfy({ $0.isLetter || $0 == "-" }) else { return nil }
    let commands = MemtraceAnalyze.configuration.subcommands.compactMap {
      $0.configuration.commandName
    }
    let near = commands.map { (name: $0, distance: distance(word.lowercased(), $0)) }
      .min { $0.distance < $1.distance }
    return near.flatMap { $0.distance <= max(1, $0.name.count / 3) ? $0.name : nil }
  }

  /// How many letters must be added, left out, changed or exchanged with the next to make one word
  /// of another (Levenshtein's distance with adjacent transpositions).
  private static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left), Array(right))
    var rows = [Array(0...right.count)]
    for i in left.indices {
      var row = [i + 1]
      for j in right.indices {
        var best = min(
          rows[i][j] + (left[i] == right[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
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
