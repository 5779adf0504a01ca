// The debug information of one ELF file, open through libdw. Belongs to the task that opened it:
// libdw's handles are not thread-safe, so each task has its own over the same mapped pages.

import CElfutils

final class DwarfFile {
  let file: ElfFile
  /// `Dwarf *`, valid as long as this object.
  let handle: OpaquePointer
  private let alternate: DwarfFile?

  /// Opens the debug information of a file; `nil` when it has none that libdw can read.
  init?(_ file: ElfFile, debugDirectories: [String], isAlternate: Bool = false) {
    // libdw also accepts a file with call frames alone.
    guard file.hasDebugInformation,
      let handle = dwarf_begin_elf(file.handle, DWARF_C_READ, nil)
    else { return nil }
    self.file = file
    self.handle = handle
    // The second file of dwz, for what several programs have in common.
    alternate =
      isAlternate
      ? nil
      : AlternateFile.open(for: handle, path: file.path, debugDirectories: debugDirectories)
        .flatMap { DwarfFile($0, debugDirectories: [], isAlternate: true) }
    if let alternate { dwarf_setalt(handle, alternate.handle) }
  }

  deinit {
    dwarf_end(handle)
  }

  /// The sections that line programs refer to; valid as long as this object.
  func lineSections() -> LineProgram.Sections? {
    var found: [String: UnsafeRawBufferPointer] = [:]
    for section in file.sections() {
      let name = file.name(of: section)
      guard name.hasPrefix(".debug_") || name.hasPrefix(".zdebug_") else { continue }
      let kind = name.split(separator: "debug_", maxSplits: 1).last.map(String.init) ?? ""
      guard ["line", "str", "line_str"].contains(kind) else { continue }
      found[kind] = file.uncompressedBytes(of: section)
    }
    let empty = UnsafeRawBufferPointer(start: nil, count: 0)
    guard let lines = found["line"] else { return nil }
    return LineProgram.Sections(
      lines: lines, strings: found["str"] ?? empty, lineStrings: found["line_str"] ?? empty)
  }
}

extension ElfFile {
  /// Whether there is a section with the units of DWARF.
  var hasDebugInformation: Bool {
    sections().contains { section in
      section.header.sh_type != UInt32(SHT_NOBITS)
        && [".debug_info", ".zdebug_info"].contains(name(of: section))
    }
  }

  /// Where code can be: the executable sections, or segments when there are no sections. Sorted.
  func codeRanges() -> [Range<UInt64>] {
    var ranges: [Range<UInt64>] = sections().compactMap { section in
      guard section.header.sh_flags & UInt64(SHF_EXECINSTR) != 0 else { return nil }
      let (end, overflow) = section.header.sh_addr.addingReportingOverflow(section.header.sh_size)
      return overflow ? nil : section.header.sh_addr..<end
    }
    if ranges.isEmpty {
      ranges = loadSegments().filter(\.isExecutable).compactMap { segment in
        let (end, overflow) = segment.virtualAddress.addingReportingOverflow(segment.memoryBytes)
        return overflow ? nil : segment.virtualAddress..<end
      }
    }
    return ranges.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// The section's bytes, unpacked if they are compressed; valid as long as this object.
  func uncompressedBytes(of section: Section) -> UnsafeRawBufferPointer? {
    var header = GElf_Shdr()
    guard gelf_getshdr(section.handle, &header) != nil else { return nil }
    if header.sh_flags & UInt64(SHF_COMPRESSED) != 0, elf_compress(section.handle, 0, 0) < 0 {
      return nil
    }
    return bytes(of: section)
  }
}
