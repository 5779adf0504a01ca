// One ELF file, open for reading through libelf. Owns the descriptor and the library's handle;
// belongs to the task that made it and is never shared: libelf's handles are not thread-safe.

import CElfutils
import Glibc

final class ElfFile {
  /// A loadable part of the file, from its program headers.
  struct LoadSegment: Hashable, Sendable {
    let fileOffset: UInt64
    let virtualAddress: UInt64
    let memoryBytes: UInt64
    let isExecutable: Bool
  }

  /// A section's place and type; `index` is its number in the file.
  struct Section {
    let handle: OpaquePointer
    let index: Int
    let header: GElf_Shdr
  }

  let path: String
  /// `Elf *`, valid as long as this object.
  let handle: OpaquePointer
  let fileBytes: UInt64
  let modificationTimeNanoseconds: Int64
  private let descriptor: Int32
  private var unpacked: [UnpackedSection] = []

  /// Opens a 64-bit ELF file for reading; a pipe, a device or a directory is refused unread.
  init(path: String) throws(SymbolizationError) {
    // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .missing(path: path) }
      throw .system(path: path, message: String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notRegular(path: path)
    }
    do {
      handle = try Self.begin(descriptor, path: path, decompress: false)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    fileBytes = UInt64(max(0, status.st_size))
    modificationTimeNanoseconds =
      Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
  }

  /// Takes over a descriptor that holds an ELF file, compressed as a whole or not.
  init(contentsOf descriptor: Int32, name: String) throws(SymbolizationError) {
    do {
      handle = try Self.begin(descriptor, path: name, decompress: true)
    } catch {
      close(descriptor)
      throw error
    }
    path = name
    self.descriptor = descriptor
    fileBytes = 0
    modificationTimeNanoseconds = 0
  }

  deinit {
    elf_end(handle)
    close(descriptor)
  }

  private static let libraryVersion = elf_version(UInt32(EV_CURRENT))

  private static func begin(
    _ descriptor: Int32, path: String, decompress: Bool
  ) throws(SymbolizationError) -> OpaquePointer {
    guard libraryVersion != UInt32(EV_NONE) else {
      throw .malformed(path: path, message: "libelf does not know this version of ELF")
    }
    let opened =
      decompress ? dwelf_elf_begin(descriptor) : elf_begin(descriptor, ELF_C_READ_MMAP, nil)
    guard let handle = opened else {
      throw .malformed(path: path, message: String(cString: elf_errmsg(-1)))
    }
    guard elf_kind(handle) == ELF_K_ELF, gelf_getclass(handle) == ELFCLASS64 else {
      elf_end(handle)
      throw .malformed(path: path, message: "not a 64-bit ELF file")
    }
    return handle
  }

  /// The build id from the notes; `nil` when there is none.
  func buildID() -> BuildID? {
    var bytes: UnsafeRawPointer?
    let count = dwelf_elf_gnu_build_id(handle, &bytes)
    guard count > 0, count <= 64, let bytes else { return nil }
    return BuildID(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
  }

  /// The loadable segments, in the order of the program headers.
  func loadSegments() -> [LoadSegment] {
    var count = 0
    guard elf_getphdrnum(handle, &count) == 0 else { return [] }
    var segments: [LoadSegment] = []
    for index in 0..<min(count, 65_536) {
      var header = GElf_Phdr()
      guard gelf_getphdr(handle, Int32(index), &header) != nil else { break }
      guard header.p_type == UInt32(PT_LOAD) else { continue }
      segments.append(
        LoadSegment(
          fileOffset: header.p_offset, virtualAddress: header.p_vaddr,
          memoryBytes: header.p_memsz, isExecutable: header.p_flags & UInt32(PF_X) != 0))
    }
    return segments
  }

  /// Where a program begins, which is `_start` whatever is left of its symbols; `nil` for libraries.
  func programEntry() -> UInt64? {
    var header = GElf_Ehdr()
    var count = 0
    guard gelf_getehdr(handle, &header) != nil, header.e_entry != 0,
      elf_getphdrnum(handle, &count) == 0
    else { return nil }
    let isProgram = (0..<min(count, 65_536)).contains { index in
      var header = GElf_Phdr()
      return gelf_getphdr(handle, Int32(index), &header) != nil
        && header.p_type == UInt32(PT_INTERP)
    }
    return isProgram ? header.e_entry : nil
  }

  /// All sections with a readable header.
  func sections() -> [Section] {
    var sections: [Section] = []
    var next = elf_nextscn(handle, nil)
    while let section = next {
      var header = GElf_Shdr()
      if gelf_getshdr(section, &header) != nil {
        sections.append(Section(handle: section, index: elf_ndxscn(section), header: header))
      }
      next = elf_nextscn(handle, section)
    }
    return sections
  }

  /// The section's name; empty when its string table is damaged.
  func name(of section: Section) -> String {
    var names = 0
    guard elf_getshdrstrndx(handle, &names) == 0,
      let text = elf_strptr(handle, names, Int(section.header.sh_name))
    else { return "" }
    return String(cString: text)
  }

  /// The first section of that name.
  func section(named wanted: String) -> Section? {
    sections().first { name(of: $0) == wanted }
  }

  /// Keeps a compressed section's memory for as long as this object.
  func keep(_ section: UnpackedSection) {
    unpacked.append(section)
  }

  /// The section's bytes in this machine's byte order, as they are stored, valid as long as this object.
  func bytes(of section: Section) -> UnsafeRawBufferPointer? {
    guard section.header.sh_type != UInt32(SHT_NOBITS),
      let data = elf_getdata(section.handle, nil), let start = data.pointee.d_buf
    else { return nil }
    return UnsafeRawBufferPointer(start: start, count: data.pointee.d_size)
  }
}
