import Glibc

/// Where the traces of a run go: MEMTRACE_OUTPUT as the recorder understands it. `%p` is the
/// process, `%e` its program, `%%` a percent sign; in the working directory's own path, by whichever
/// name, a percent sign is only itself.
struct OutputPattern {
  /// The folder of the traces, empty or with a slash at its end.
  private let folder: String
  /// What follows: the pattern of the name, and of folders below the working directory.
  private let pattern: String

  /// What `output` means where the working directory has these names.
  init(_ output: String, workingDirectories: [String]) {
    let leads = workingDirectories.filter { $0 != "/" }.map { $0 + "/" }
    folder = leads.first { output.hasPrefix($0) } ?? ""
    pattern = String(output.dropFirst(folder.count))
  }

  /// The names that the kernel and the shell have for this process's working directory.
  static func workingDirectories(_ environment: Environment) -> [String] {
    let own = getcwd(nil, 0)
    defer { free(own) }
    return [own.map { String(cString: $0) }, environment["PWD"]].compactMap { $0 }
      .filter { $0.hasPrefix("/") }
  }

  /// The path of the first process's trace, as its folder (empty or with a slash at its end) and its
  /// name.
  func path(process: pid_t, program: String) -> (folder: String, name: String) {
    let path = folder + expand(process: process, program: program)
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    let name = path.index(after: slash)
    return (String(path[..<name]), String(path[name...]))
  }

  /// What the names of all traces of the run begin with.
  var stem: Substring {
    let slash = pattern.lastIndex(of: "/")
    let name = pattern[(slash.map { pattern.index(after: $0) } ?? pattern.startIndex)...]
    return name.prefix { $0 != "%" && $0 != "." }
  }

  private func expand(process: pid_t, program: String) -> String {
    var result = ""
    var rest = pattern[...]
    while let percent = rest.firstIndex(of: "%") {
      result += rest[..<percent]
      rest = rest[percent...].dropFirst()
      switch rest.first {
      case "p": result += String(process)
      case "e": result += program
      case "%": result += "%"
      case let other?: result += "%\(other)"
      case nil: result += "%"
      }
      rest = rest.dropFirst()
    }
    return result + rest
  }
}
