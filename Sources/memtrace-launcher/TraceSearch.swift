import Glibc

/// Finds the traces of one run after it. The recorder chooses the names (a pattern with the
/// process and program in it, further processes beside the first); what a file is, its header
/// says, never its name.
struct TraceSearch {
  struct Result {
    /// The trace of the program that was started, of its last image if it became another one.
    var own: RecordedTrace?
    /// How many other traces of the same run stand beside it.
    var others: Int
  }

  private let pattern: String
  private let startedAt: Int64

  /// - Parameter pattern: what MEMTRACE_OUTPUT says.
  init(pattern: String) {
    self.pattern = pattern
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    startedAt = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  /// - Complexity: opens the files of the trace's folder whose names begin as the pattern does.
  func find(process: pid_t) -> Result {
    let expanded = pattern.replacing("%p", with: String(process))
    let slash = expanded.lastIndex(of: "/")
    let folder = slash.map { String(expanded[..<$0]) + "/" } ?? ""
    let name = slash.map { expanded[expanded.index(after: $0)...] } ?? expanded[...]

    let traces = names(in: folder.isEmpty ? "." : folder, startingWith: Self.stem(of: pattern))
      .compactMap { RecordedTrace(path: folder + $0) }
      .filter { $0.rootProcess == process && $0.startedAt >= startedAt }
    let ours = traces.filter { $0.process == process }
    let own =
      ours.first { $0.path == folder + name } ?? ours.max { $0.startedAt < $1.startedAt }
    return Result(own: own, others: traces.count - (own == nil ? 0 : 1))
  }

  /// The part of the last path component that every trace of the run begins with.
  private static func stem(of pattern: String) -> Substring {
    let name = pattern.split(separator: "/").last ?? ""
    return name.prefix { $0 != "%" && $0 != "." }
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
