// Mini debug information: the section `.gnu_debugdata` holds an xz-compressed ELF file with the
// symbol table that stripping removed from the binary itself.

import CElfutils
import Glibc

enum EmbeddedSymbols {
  /// `MFD_CLOEXEC`.
  private static let closeOnExec: UInt32 = 1

  /// Compressed sizes beyond this are no mini debug information.
  private static let bytesMax = 256 << 20

  /// Unpacks and opens the embedded file; `nil` when there is none, or it is damaged.
  static func open(in file: ElfFile) -> ElfFile? {
    guard let section = file.section(named: ".gnu_debugdata"),
      let bytes = file.bytes(of: section), bytes.count <= bytesMax,
      let descriptor = memoryFile(bytes)
    else { return nil }
    do {
      return try ElfFile(contentsOf: descriptor, name: "\(file.path)(.gnu_debugdata)")
    } catch {
      return nil
    }
  }

  /// libelf unpacks from descriptors only.
  private static func memoryFile(_ bytes: UnsafeRawBufferPointer) -> Int32? {
    let descriptor = memfd_create("gnu_debugdata", closeOnExec)
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
