import Analysis
import ArgumentParser
import Glibc
import Live
import Synchronization

/// What a watch writes down of what happens.
struct LogOptions: ParsableArguments {
  @Option(
    name: .customLong("log"),
    help: ArgumentHelp(
      "Append what happens to a file, a JSON object on each line (see docs/JSON.md).",
      valueName: "file"),
    completion: .file())
  var path: String?

  @Option(
    name: .customLong("max-heap"),
    help: ArgumentHelp("Live bytes of a process from which the log says so.", valueName: "bytes"))
  var heap: ByteAmount?

  @Option(
    name: .customLong("max-resident"),
    help: ArgumentHelp("The same of resident memory.", valueName: "bytes"))
  var resident: ByteAmount?

  @Option(
    name: .customLong("max-growth"),
    help: ArgumentHelp(
      "Bytes per second that a function may grow before the log says so.", valueName: "bytes"))
  var growth: ByteAmount?

  func validate() throws {
    if path == nil, heap != nil || resident != nil || growth != nil {
      throw ValidationError("--max-heap, --max-resident and --max-growth say what --log writes.")
    }
  }

  /// Opens the log; nil if none is wanted.
  ///
  /// - Throws: `CommandFailure` with status 74.
  func open() throws -> LogFile? {
    guard let path else { return nil }
    var thresholds = LiveLog.Thresholds()
    thresholds.heapBytes = heap?.bytes
    thresholds.residentBytes = resident?.bytes
    thresholds.growthBytesPerSecond = growth?.bytes
    return try LogFile(path, LiveLog(thresholds))
  }
}

/// The file that a watch's log is appended to, by whichever thread steps.
final class LogFile: Sendable {
  private let path: String
  private let descriptor: Int32
  private let log: Mutex<(log: LiveLog, hasFailed: Bool)>

  init(_ path: String, _ log: LiveLog) throws {
    self.path = path
    descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o600)
    guard descriptor >= 0 else {
      throw CommandFailure(
        "cannot write \(path): \(String(cString: strerror(errno)))", status: .outputError)
    }
    self.log = Mutex((log, false))
  }

  deinit { close(descriptor) }

  /// Writes what a step brought. Says once if that cannot be written.
  func take(_ changes: [FollowedRun.Change], _ state: LiveState) {
    log.withLock { held in
      let text = held.log.lines(changes, state).joined()
      guard !text.isEmpty, !append(text), !held.hasFailed else { return }
      held.hasFailed = true
      StandardError.write(
        "memtrace-analyze: cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  private func append(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return false }
      bytes = bytes.dropFirst(written)
    }
    return true
  }
}
