import Foundation

/// What the build made, found beside the running tests.
enum Products {
  private static let directory: URL = {
    let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: tests ?? "/").deletingLastPathComponent()
  }()

  static let analyzer = path(of: "memtrace-analyze")
  static let recorder = path(of: "libmemtrace.so")

  /// A shell parts commands at blanks, and the loader LD_PRELOAD at colons, too: below such a folder a
  /// product goes by another name.
  private static func path(of product: String) -> String {
    let path = directory.appending(path: product).path
    guard path.contains(where: { $0.isWhitespace || $0 == ":" }) else { return path }
    let links = FileManager.default.temporaryDirectory
      .appending(path: "memtrace-products-\(ProcessInfo.processInfo.processIdentifier)")
    let link = links.appending(path: product).path
    try? FileManager.default.createDirectory(at: links, withIntermediateDirectories: true)
    try? FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    return link
  }
}
