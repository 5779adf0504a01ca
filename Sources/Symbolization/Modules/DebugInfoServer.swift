// Debug files from debuginfod servers. Off unless the user names servers in DEBUGINFOD_URLS; then
// elfutils' own client, if it is installed, asks them and keeps what it gets in its cache. It is
// loaded when first needed: nothing here depends on it otherwise. A report never hangs on a server:
// one that does not answer, or stops sending, is given up after a while, and no server is asked
// again.

import Glibc
import Synchronization

/// Asks debuginfod servers for debug files.
enum DebugInfoServer {
  private typealias Begin = @convention(c) () -> OpaquePointer?
  private typealias End = @convention(c) (OpaquePointer?) -> Void
  private typealias Find =
    @convention(c) (
      OpaquePointer?, UnsafePointer<UInt8>?, Int32,
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> Int32
  private typealias Progress = @convention(c) (OpaquePointer?, Int, Int) -> Int32
  private typealias SetProgress = @convention(c) (OpaquePointer?, Progress?) -> Void

  private struct Client {
    let begin: Begin
    let end: End
    let find: Find
    let setProgress: SetProgress
  }

  /// The client is said not to be safe for threads; and one download at a time is polite.
  private static let turn = Mutex(())
  private static let download = Mutex(DebugInfoDownload())
  private static let failed = Mutex<String?>(nil)

  /// Why no server is asked any more; `nil` when none failed.
  static var failure: String? { failed.withLock { $0 } }

  /// Path of the debug file with a build id, in the client's cache; `nil` without servers, without
  /// the client, when no server knows it, or after a failure. Waits for the network, within limits.
  static func debugFile(
    _ buildID: BuildID, observer: DebugInfoDownload.Observer?
  ) -> String? {
    guard let urls = getenv("DEBUGINFOD_URLS"), urls.pointee != 0 else { return nil }
    return turn.withLock { _ in
      guard failure == nil, let client = loadClient(), let handle = client.begin() else {
        return nil
      }
      defer { client.end(handle) }
      download.withLock { $0 = DebugInfoDownload(observer) }
      defer { observer?(nil) }
      client.setProgress(handle) { _, number, total in
        DebugInfoServer.download.withLock { $0.goesOn(number, of: total) } ? 0 : 1
      }
      var path: UnsafeMutablePointer<CChar>?
      let descriptor = client.find(handle, buildID.bytes, Int32(buildID.bytes.count), &path)
      guard descriptor >= 0 else {
        fail(-descriptor)
        return nil
      }
      close(descriptor)
      guard let path else { return nil }
      defer { free(path) }
      return String(cString: path)
    }
  }

  /// Servers that answer "unknown" are asked for other files.
  private static func fail(_ error: Int32) {
    let stalled = download.withLock { $0.stalled(at: .now) }
    guard stalled != nil || error != ENOENT else { return }
    failed.withLock { $0 = stalled ?? String(cString: strerror(error)) }
  }

  private static func loadClient() -> Client? {
    guard let library = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL),
      let begin = dlsym(library, "debuginfod_begin"), let end = dlsym(library, "debuginfod_end"),
      let find = dlsym(library, "debuginfod_find_debuginfo"),
      let setProgress = dlsym(library, "debuginfod_set_progressfn")
    else { return nil }
    return Client(
      begin: unsafeBitCast(begin, to: Begin.self), end: unsafeBitCast(end, to: End.self),
      find: unsafeBitCast(find, to: Find.self),
      setProgress: unsafeBitCast(setProgress, to: SetProgress.self))
  }
}
