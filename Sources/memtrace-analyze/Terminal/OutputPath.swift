import Analysis
import Glibc

/// Which file a command's `-o` means. Output is written beside its file and renamed, so a link must
/// not be mistaken for the file: the rename would replace it.
enum OutputPath {
  /// The file at the end of the links at `path`, or `path` if nothing is there yet.
  ///
  /// - Throws: `CommandFailure` of status 2 for anything but a regular file, and for the links by which
  ///   the system names open files, such as `/dev/stdout`. `advice` says what to do instead.
  static func target(of path: String, advice: String = "name a file") throws -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return path }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    let isOpenFile = isLink && ["/dev/", "/proc/"].contains(where: path.hasPrefix)
    guard isRegular, !isOpenFile else {
      throw CommandFailure("\(path) is not a regular file; \(advice)", status: .usage)
    }
    guard isLink, let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
