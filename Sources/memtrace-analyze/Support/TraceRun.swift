import Glibc
import Reports
import TraceFormat
import TraceInput

/// Finds the traces of one run in a directory.
enum TraceRun {
  /// What every trace of a run says of its first process.
  private struct Identity: Hashable {
    let rootPID: UInt32
    let rootStartTicks: UInt64
  }

  /// The traces of the run that `trace.bin` belongs to, or of the latest one, and the files that are
  /// named like traces and cannot be read. Says on standard error what was left out.
  ///
  /// - Throws: `CommandFailure` with status 2 if there is none.
  static func files(in directory: String) throws -> [String] {
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    var unreadable: [String] = []
    var runs: [Identity: [String]] = [:]
    var latest: (start: Int64, run: Identity)?
    var chosen: Identity?
    for name in TraceDirectory.names(in: directory) where isRegular(prefix + name) {
      guard let header = try? TraceFile(path: prefix + name).header else {
        if TraceDirectory.looksLikeTrace(name) { unreadable.append(prefix + name) }
        continue
      }
      let run = Identity(rootPID: header.rootPID, rootStartTicks: header.rootStartTicks)
      runs[run, default: []].append(prefix + name)
      if name == TraceArgument.defaultPath { chosen = run }
      if latest.map({ header.startRealtimeNanoseconds > $0.start }) ?? true {
        latest = (header.startRealtimeNanoseconds, run)
      }
    }
    guard let run = chosen ?? latest?.run, let files = runs[run] else {
      guard unreadable.isEmpty else { return unreadable }
      throw CommandFailure("there is no trace in \(directory)", status: .usage)
    }
    let others = runs.values.reduce(0) { $0 + $1.count } - files.count
    if others > 0 {
      StandardError.write(
        "memtrace-analyze: \(directory): \(Quantity.counted(others, "trace")) of other runs left out; "
          + "this is the run of pid \(run.rootPID)")
    }
    return files + unreadable
  }

  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
