import Glibc

enum RealPath {
  /// A path without symbolic links; `nil` when it does not exist.
  static func of(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }
}
