// Debug files from debuginfod servers. Off unless the user names servers in DEBUGINFOD_URLS; then
// elfutils' own client, if it is installed, asks them, keeps what it gets in its cache, and honours
// its other variables (DEBUGINFOD_TIMEOUT, DEBUGINFOD_PROGRESS, …). It is loaded when first needed:
// nothing here depends on it otherwise.

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

  private struct Client {
    let begin: Begin
    let end: End
    let find: Find
  }

  /// The client is said not to be safe for threads; and one download at a time is polite.
  private static let turn = Mutex(())

  /// Path of the debug file with a build id, in the client's cache; `nil` without servers, without
  /// the client, or when no server knows it. Waits for the network.
  static func debugFile(_ buildID: BuildID) -> String? {
    guard let urls = getenv("DEBUGINFOD_URLS"), urls.pointee != 0 else { return nil }
    return turn.withLock { _ in
      guard let client = loadClient(), let handle = client.begin() else { return nil }
      defer { client.end(handle) }
      var path: UnsafeMutablePointer<CChar>?
      let descriptor = client.find(handle, buildID.bytes, Int32(buildID.bytes.count), &path)
      guard descriptor >= 0 else { return nil }
      close(descriptor)
      guard let path else { return nil }
      defer { free(path) }
      return String(cString: path)
    }
  }

  private static func loadClient() -> Client? {
    guard let library = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL),
      let begin = dlsym(library, "debuginfod_begin"), let end = dlsym(library, "debuginfod_end"),
      let find = dlsym(library, "debuginfod_find_debuginfo")
    else { return nil }
    return Client(
      begin: unsafeBitCast(begin, to: Begin.self), end: unsafeBitCast(end, to: End.self),
      find: unsafeBitCast(find, to: Find.self))
  }
}
