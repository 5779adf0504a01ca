import Glibc

/// Where the parts of memtrace stand: the recording library and the analyzer, each beside this
/// launcher (a build folder) or in the neighbouring folders of an installation.
struct Installation {
  /// Absolute path of the recording library.
  let library: String
  /// The analyzer as a person would type it: its bare name if PATH leads to the same file.
  let analyzerCommand: String
  /// Absolute path of the analyzer, or nil if there is none beside us or in PATH.
  let analyzer: String?

  /// - Parameter environment: MEMTRACE_LIBRARY in it names the library outright.
  /// - Throws: ``LaunchError/noLibrary(searched:)`` or why the library cannot be preloaded.
  init(environment: Environment) throws(LaunchError) {
    let home = Self.ownFolder()
    library = try Self.findLibrary(named: environment["MEMTRACE_LIBRARY"], home: home)
    let name = "memtrace-analyze"
    let folders = (environment["PATH"] ?? "/bin:/usr/bin").split(separator: ":").map(String.init)
    let beside = "\(home)/\(name)"
    let inPath: String? = folders.map { "\($0)/\(name)" }.first { path in access(path, X_OK) == 0 }
    analyzer = access(beside, X_OK) == 0 ? beside : inPath
    let samePlace = inPath.flatMap(Self.resolved) == analyzer.flatMap(Self.resolved)
    analyzerCommand = samePlace ? name : (analyzer ?? name)
  }

  private static func findLibrary(named: String?, home: String) throws(LaunchError) -> String {
    let candidates: [String]
    if let named, !named.isEmpty {
      candidates = [named]
    } else {
      candidates = ["\(home)/libmemtrace.so", "\(home)/../lib/libmemtrace.so"]
    }
    for candidate in candidates {
      guard let path = resolved(candidate), access(path, R_OK) == 0 else { continue }
      guard !path.contains(":") else {
        throw .libraryUnusable(path: path, reason: "the loader cannot be told a path with a colon")
      }
      return path
    }
    throw .noLibrary(searched: candidates)
  }

  private static func ownFolder() -> String {
    guard let path = resolved("/proc/self/exe"), let slash = path.lastIndex(of: "/") else {
      return "."
    }
    return String(path[..<slash])
  }

  private static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }
}
