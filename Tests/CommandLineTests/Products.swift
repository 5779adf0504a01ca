import Foundation

/// What the build made, found beside the running tests.
enum Products {
  private static let directory: URL = {
    let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: tests ?? "/").deletingLastPathComponent()
  }()

  static let analyzer = directory.appending(path: "memtrace-analyze").path
  static let recorder = directory.appending(path: "libmemtrace.so").path
}
