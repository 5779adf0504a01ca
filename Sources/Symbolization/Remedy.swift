/// What a user can do about a module without symbols.
enum Remedy {
  /// One sentence, or `nil` when nothing is known to help.
  static func sentence(
    for reason: SymbolizationDiagnostics.Reason, module: ModuleImage
  ) -> String? {
    switch reason {
    case .missing where module.path.hasPrefix("["): nil
    case .missing:
      "Name the directory that holds \(module.name) with --module-path, or the recorded machine's "
        + "file system with --sysroot."
    case .changed:
      "Record again, or name the directory that holds the recorded build of \(module.name) with "
        + "--module-path."
    case .unreadable(let message):
      "\(module.path): \(message). Put that right, or name the directory that holds the recorded "
        + "file with --module-path."
    case .stripped, .noLines:
      if isOfDistribution(module.path) {
        "Install the debug package of \(module.path) (Debian: the -dbgsym or -dbg package of "
          + "`dpkg -S '*\(belowUsr(module.path))'`), or set DEBUGINFOD_URLS."
      } else {
        "Build \(module.name) with -g, or name its separate debug file's directory with "
          + "--debug-path."
      }
    }
  }

  /// For code outside of all modules.
  static let outsideModules =
    "Code that a runtime compiles has names if the runtime lists them: run node with "
    + "--perf-basic-prof, Python (3.12 or newer) with -X perf, Java with an agent that writes "
    + "/tmp/perf-PID.map; or name such a file with --code-map."

  /// Packages list files of /lib with /usr in front or without, and so do loaders.
  private static func belowUsr(_ path: String) -> Substring {
    path.hasPrefix("/usr/") ? path.dropFirst("/usr".count) : path[...]
  }

  private static func isOfDistribution(_ path: String) -> Bool {
    ["/usr/lib", "/lib", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/libexec"]
      .contains { path.hasPrefix($0 + "/") || path.hasPrefix($0 + "64/") }
  }
}
