import CElfutils
import Glibc

/// The names of one symbol table.
///
/// Sendable because it only reads memory of the file, which has to stay open.
struct SymbolStrings: @unchecked Sendable {
  private let bytes: UnsafeRawBufferPointer

  /// The string table of a number; `nil` when there is none.
  init?(section number: Int, of file: ElfFile, sections: [ElfFile.Section]) {
    guard let section = sections.first(where: { $0.index == number }),
      section.header.sh_type == UInt32(SHT_STRTAB), !PackedSection.isPacked(section, of: file),
      let bytes = file.bytes(of: section)
    else { return nil }
    self.bytes = bytes
  }

  /// The name at an offset: `malloc` for `malloc@@GLIBC_2.2.5`, as some linkers write it. `nil` when
  /// it is empty or not within the table.
  func name(at offset: UInt32) -> UnsafeRawBufferPointer? {
    var reader = SectionReader(bytes, at: Int(offset))
    let name = reader.text()
    guard let start = name.baseAddress, name.count > 0 else { return nil }
    guard let version = memchr(start, Int32(UInt8(ascii: "@")), name.count), version != start else {
      return name
    }
    return UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(version) - start)
  }
}
