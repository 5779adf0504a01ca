import Glibc

/// Where a user keeps rules of their own: `$XDG_CONFIG_HOME/memtrace/rules`, by default
/// `~/.config/memtrace/rules`.
enum UserRules {
  /// The path; nil if the environment names no absolute one.
  static var path: String? {
    if let directory = absolute("XDG_CONFIG_HOME") { return directory + "/memtrace/rules" }
    return absolute("HOME").map { $0 + "/.config/memtrace/rules" }
  }

  private static func absolute(_ variable: String) -> String? {
    guard let value = getenv(variable) else { return nil }
    let path = String(cString: value)
    return path.hasPrefix("/") ? path : nil
  }
}
