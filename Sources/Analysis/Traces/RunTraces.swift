import Glibc
import Reports
import TraceFormat
import TraceInput

/// The traces that a user means by some paths: a file, several, or those of a run in a directory.
package struct RunTraces {
  /// The paths as they were given.
  package let name: String
  let files: [String]
  /// Whether they are answered as several, even if there is only one in a directory.
  let areSeveral: Bool

  /// What every trace of a run says of its first process.
  private struct Identity: Hashable {
    let rootPID: UInt32
    let rootStartTicks: UInt64
  }

  /// Finds the traces; no path is `trace.bin` in the working directory. Two names of one file are one
  /// trace.
  ///
  /// - Throws: `AnalysisError` if a path names nothing, or a directory has no trace.
  package init(_ paths: [String], _ observer: AnalysisObserver) throws(AnalysisError) {
    let given = paths.isEmpty ? [SummaryReport.defaultPath] : paths
    var files: [String] = []
    var hasDirectory = false
    for path in given {
      var status = stat()
      guard stat(path, &status) == 0 else {
        let cause = errno
        if paths.isEmpty, cause == ENOENT { throw Self.noTraceHere }
        throw .notOpened(path: path, errno: cause)
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        hasDirectory = true
        files += try Self.files(in: path, observer)
      } else {
        files.append(path)
      }
    }
    name = given.joined(separator: " ")
    areSeveral = hasDirectory || given.count > 1
    self.files = areSeveral ? Self.distinct(files) : files
  }

  /// The one trace that is meant, for what is about one process.
  ///
  /// - Throws: `AnalysisError.severalTraces`.
  package func single() throws(AnalysisError) -> String {
    guard files.count != 1 else { return files[0] }
    let choices = files.compactMap { path -> TraceChoice? in
      guard let file = try? TraceFile(path: path) else { return nil }
      return TraceChoice(
        path: path, program: file.header.program, pid: file.header.pid,
        bytes: file.source.byteCount)
    }
    throw .severalTraces(choices.sorted { ($0.bytes, $1.path) > ($1.bytes, $0.path) })
  }

  private static var noTraceHere: AnalysisError {
    .noTraceHere(others: TraceDirectory.names(in: ".").filter(TraceDirectory.looksLikeTrace))
  }

  /// The traces of the run that `trace.bin` belongs to, or of the latest one, and the files that are
  /// named like traces and cannot be read.
  private static func files(
    in directory: String, _ observer: AnalysisObserver
  ) throws(AnalysisError) -> [String] {
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
      if name == SummaryReport.defaultPath { chosen = run }
      if latest.map({ header.startRealtimeNanoseconds > $0.start }) ?? true {
        latest = (header.startRealtimeNanoseconds, run)
      }
    }
    guard let run = chosen ?? latest?.run, let files = runs[run] else {
      guard unreadable.isEmpty else { return unreadable }
      throw .noTraceInDirectory(directory)
    }
    let others = runs.values.reduce(0) { $0 + $1.count } - files.count
    if others > 0 { observer.leavesOut(directory, others, run.rootPID) }
    return files + unreadable
  }

  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func distinct(_ files: [String]) -> [String] {
    var seen: Set<FileIdentity> = []
    return files.filter { path in
      FileIdentity(path: path).map { seen.insert($0).inserted } ?? true
    }
  }

  /// What makes two paths name the same file.
  private struct FileIdentity: Hashable {
    let device: UInt64
    let number: UInt64

    init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }
  }
}
