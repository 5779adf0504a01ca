import CTraceFormat
import Glibc

/// Finds the traces of one run after it. The recorder chooses the names (a pattern with the
/// process and program in it, further processes beside the first); what a file is, its header
/// says, never its name.
struct TraceSearch {
  struct Result {
    /// The trace of the program that was started, of its last image if it became another one.
    var own: RecordedTrace?
    /// The other traces of the same run beside it, the earliest first.
    var others: [RecordedTrace]
    /// What became of the first process's trace while it was recorded, if anything did.
    var ownStop: mt_stop?
    /// How many others of the run something became of.
    var otherStops: Int
  }

  private let pattern: OutputPattern
  private let program: String
  private let startedAt: Int64

  /// A search for the traces of `program`, the base name of what is started from now on.
  init(pattern: OutputPattern, program: String) {
    self.pattern = pattern
    self.program = program
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    startedAt = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  /// Finds the traces of the run, after making whole what its dead processes have left in two files,
  /// and deleting what is of no use to anybody.
  ///
  /// - Complexity: opens the files of the trace's folder whose names begin as the pattern does, and
  ///   the live files there.
  func find(process: pid_t) -> Result {
    let (folder, name) = pattern.path(process: process, program: program)
    let names = names(in: folder.isEmpty ? "." : folder)
    let paths = names.filter { $0.hasPrefix(pattern.stem) }.map { folder + $0 }
    var traces = traces(paths, of: process)
    let left = names.filter { $0.hasPrefix(".") && $0.hasSuffix(".live") }
      .compactMap { LiveFile(path: folder + $0) }
      .filter { $0.header.root_pid == UInt32(process) && !$0.isInUse }
    traces.forEach { TraceCompletion.complete($0.path) }
    sweep(left, beside: traces, names.map { folder + $0 })
    traces = self.traces(paths, of: process)

    let ours = traces.filter { $0.process == process }
    let path = folder + name
    let own = ours.first { $0.path == path } ?? ours.max { $0.startedAt < $1.startedAt }
    let others = traces.filter { $0.path != own?.path }
    let stops = left.filter { $0.stop != nil }
    let ownStop = stops.first { $0.header.pid == UInt32(process) }?.stop
    return Result(
      own: own, others: others.sorted { $0.startedAt < $1.startedAt }, ownStop: ownStop,
      otherStops: stops.count - (ownStop == nil ? 0 : 1))
  }

  private func traces(_ paths: [String], of process: pid_t) -> [RecordedTrace] {
    paths.compactMap { RecordedTrace(path: $0) }
      .filter { $0.rootProcess == process && $0.startedAt >= startedAt }
  }

  /// Deletes the live files whose traces are closed, or gone. What tells why a file that is still there
  /// is no trace any more stays beside it.
  private func sweep(_ left: [LiveFile], beside traces: [RecordedTrace], _ paths: [String]) {
    for live in left {
      if let trace = traces.first(where: { $0.nonce == live.nonce }) {
        if trace.isClosed { unlink(live.path) }
        continue
      }
      let isThere = paths.contains { path in
        var status = stat()
        return lstat(path, &status) == 0 && live.isOf(status)
      }
      if !isThere { unlink(live.path) }
    }
  }

  private func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
    return names
  }
}
