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

  /// - Complexity: opens the files of the trace's folder whose names begin as the pattern does.
  func find(process: pid_t) -> Result {
    let (folder, name) = pattern.path(process: process, program: program)
    let traces = names(in: folder.isEmpty ? "." : folder, startingWith: pattern.stem)
      .compactMap { RecordedTrace(path: folder + $0) }
      .filter { $0.rootProcess == process && $0.startedAt >= startedAt }
    let ours = traces.filter { $0.process == process }
    let path = folder + name
    let own = ours.first { $0.path == path } ?? ours.max { $0.startedAt < $1.startedAt }
    let others = traces.filter { $0.path != own?.path }
    return Result(own: own, others: others.sorted { $0.startedAt < $1.startedAt })
  }

  private func names(in folder: String, startingWith stem: Substring) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(stem) { names.append(name) }
    }
    return names
  }
}
