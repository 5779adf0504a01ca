// A section that is stored compressed: by zlib or zstd behind ELF's own header
// (`SHF_COMPRESSED`), or by zlib behind GNU's older one (`.zdebug_…`). libelf could unpack them, too,
// but one after another and each as a whole, with a slower inflater, and zstd in newer versions alone;
// most of the time that a large debug package takes would be spent there.

import CElfutils
import CZstd
import Glibc

/// What is known of a section before it is unpacked.
///
/// Sendable because it only reads memory of the file, which has to stay open.
struct PackedSection: @unchecked Sendable {
  private enum Format {
    case zlib
    case zstd
  }

  private let format: Format
  private let packed: UnsafeRawBufferPointer
  /// Bytes that the section has unpacked, as its header claims.
  let byteCount: Int

  /// Whether a section is compressed, in whatever way.
  static func isPacked(_ section: ElfFile.Section, of file: ElfFile) -> Bool {
    hasHeader(section) || file.name(of: section).hasPrefix(".zdebug_")
  }

  private static func hasHeader(_ section: ElfFile.Section) -> Bool {
    section.header.sh_flags & UInt64(SHF_COMPRESSED) != 0
  }

  /// Reads the header of a compressed section; `nil` when it is damaged, or of an unknown kind.
  init?(_ section: ElfFile.Section) {
    guard section.header.sh_type != UInt32(SHT_NOBITS),
      let data = elf_rawdata(section.handle, nil), let start = data.pointee.d_buf
    else { return nil }
    let bytes = UnsafeRawBufferPointer(start: start, count: data.pointee.d_size)
    if Self.hasHeader(section) {
      var header = GElf_Chdr()
      guard gelf_getchdr(section.handle, &header) != nil,
        let byteCount = Int(exactly: header.ch_size)
      else { return nil }
      switch header.ch_type {
      case UInt32(ELFCOMPRESS_ZLIB): format = .zlib
      case Self.zstdType: format = .zstd
      default: return nil
      }
      self.byteCount = byteCount
      packed = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(MemoryLayout<Elf64_Chdr>.size))
    } else {
      // "ZLIB" and the size, its highest byte first.
      guard bytes.count > 12, bytes.starts(with: "ZLIB".utf8),
        let byteCount = Int(
          exactly: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self)))
      else { return nil }
      format = .zlib
      self.byteCount = byteCount
      packed = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(12))
    }
  }

  /// `ELFCOMPRESS_ZSTD`, which older headers lack.
  private static let zstdType: UInt32 = 2

  /// More than this a byte of either format cannot unpack to.
  private var isPossible: Bool {
    switch format {
    case .zlib: byteCount / 1_032 <= packed.count
    case .zstd: true
    }
  }

  /// Makes room for the section, and prepares to unpack it; `nil` when its header cannot be right.
  func open() -> UnpackedSection? {
    guard isPossible else { return nil }
    switch format {
    case .zlib:
      let inflater = Inflater(packed)
      return UnpackedSection(byteCount: byteCount, fill: inflater.fill, isAtEnd: inflater.isAtEnd)
    case .zstd:
      let packed = packed
      return UnpackedSection(byteCount: byteCount, pieceBytes: byteCount) { memory in
        ZSTD_decompress(memory.baseAddress, memory.count, packed.baseAddress, packed.count)
          == memory.count
      } isAtEnd: {
        true
      }
    }
  }
}
