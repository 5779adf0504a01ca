// The vDSO: an ELF image that the kernel maps into every process, in no file. Ours is the recorded
// one when the kernel is the same, which the build id proves.

import CElfutils
import Glibc

enum KernelImage {
  /// The path that stands for it in a trace.
  static let path = "[vdso]"
  /// `AT_SYSINFO_EHDR`.
  private static let headerEntry: UInt = 33
  /// It has a few pages; a larger one is not to be believed.
  private static let bytesMax = 1 << 20

  /// Opens a copy of this process's image.
  static func open() throws(SymbolizationError) -> ElfFile {
    guard let start = UnsafeRawPointer(bitPattern: getauxval(headerEntry)) else {
      throw .missing(path: path)
    }
    let header = start.loadUnaligned(as: Elf64_Ehdr.self)
    // The section headers stand at its end.
    let end = Int(header.e_shoff) + Int(header.e_shnum) * Int(header.e_shentsize)
    guard end > MemoryLayout<Elf64_Ehdr>.size, end <= bytesMax,
      let descriptor = MemoryFile.make(
        UnsafeRawBufferPointer(start: start, count: end), name: "vdso")
    else { throw .malformed(path: path, message: "the kernel's image is not readable") }
    return try ElfFile(contentsOf: descriptor, name: path)
  }
}
