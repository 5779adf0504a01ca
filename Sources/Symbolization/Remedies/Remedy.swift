/// What a user can do about a module without symbols.
enum Remedy {
  /// One sentence, or `nil` when nothing is known to help. With `packages` it names the one to
  /// install.
  static func sentence(
    for reason: SymbolizationDiagnostics.Reason, module: ModuleImage, packages: DebugPackages?
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
      if let packages {
        packages.sentence(for: module) ?? build(module)
      } else if DebugPackages.mayHave(module.path) {
        "Install the debug package of \(module.path), or set DEBUGINFOD_URLS."
      } else {
        build(module)
      }
    }
  }

  private static func build(_ module: ModuleImage) -> String {
    "Build \(module.name) with -g, or name its separate debug file's directory with --debug-path."
  }

  /// For code outside of all modules.
  static let outsideModules =
    "Code that a runtime compiles has names if the runtime lists them: run node with "
    + "--perf-basic-prof, Python (3.12 or newer) with -X perf, Java with an agent that writes "
    + "/tmp/perf-PID.map; or name such a file with --code-map."
}
