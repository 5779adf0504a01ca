import Analysis
import Glibc

/// Which file a command's `-o` means. Output is written beside its file and renamed, so a link must
/// not be taken for the file: the rename would replace it.
enum OutputPath {
  /// The file at the end of the links at `path`; `path` where there is none yet.
  ///
  /// - Throws: `CommandFailure` of status 2 for what is not a regular file, and for the links by which
  ///   the system names open files, such as `/dev/stdout`.
  static func target(of path: String) throws -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return path }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CommandFailure("\(path) is not a regular file", status: .usage)
    }
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
    if ["/dev/", "/proc/"].contains(where: path.hasPrefix) {
      throw CommandFailure(
        "\(path) is not a regular file; leave -o out for standard output, or name a file",
        status: .usage)
    }
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
