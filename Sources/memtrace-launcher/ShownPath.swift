import Glibc

/// Paths as a person in this folder would type them.
enum ShownPath {
  /// The path without the working directory in front, when it is below that.
  static func text(_ path: String) -> String {
    guard let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    let lead = String(cString: folder) + "/"
    return path.hasPrefix(lead) ? String(path.dropFirst(lead.count)) : path
  }
}
