// An anonymous file in memory: libelf takes some things from descriptors only.

import CElfutils
import Glibc

enum MemoryFile {
  /// `MFD_CLOEXEC`.
  private static let closeOnExec: UInt32 = 1

  /// Writes bytes into a new anonymous file; `nil` when the system has no room for it. The caller
  /// closes the descriptor.
  static func make(_ bytes: UnsafeRawBufferPointer, name: String) -> Int32? {
    let descriptor = memfd_create(name, closeOnExec)
    guard descriptor >= 0 else { return nil }
    var written = 0
    while written < bytes.count {
      let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        close(descriptor)
        return nil
      }
      written += count
    }
    return descriptor
  }
}
