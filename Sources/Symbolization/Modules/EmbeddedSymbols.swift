// Mini debug information: the section `.gnu_debugdata` holds an xz-compressed ELF file with the
// symbol table that stripping removed from the binary itself.

import CElfutils

enum EmbeddedSymbols {
  /// Compressed sizes beyond this are no mini debug information.
  private static let bytesMax = 256 << 20

  /// Unpacks and opens the embedded file; `nil` when there is none, or it is damaged.
  static func open(in file: ElfFile) -> ElfFile? {
    guard let section = file.section(named: ".gnu_debugdata"),
      let bytes = file.bytes(of: section), bytes.count <= bytesMax,
      let descriptor = MemoryFile.make(bytes, name: "gnu_debugdata")
    else { return nil }
    do {
      return try ElfFile(contentsOf: descriptor, name: "\(file.path)(.gnu_debugdata)")
    } catch {
      return nil
    }
  }
}
