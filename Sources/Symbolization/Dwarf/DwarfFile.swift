// The debug information of one ELF file. Its sections are found and unpacked when it is opened;
// from then on it is memory that nobody writes, which all tasks read at once.

import CElfutils
import Synchronization

/// The debug information of one file, or of one unit's part of a package.
///
/// Sendable because nothing changes after it was opened but what its locks guard.
final class DwarfFile: @unchecked Sendable {
  /// Owns the memory of the sections.
  let file: ElfFile
  let sections: DwarfSections
  /// Where code can be; sorted.
  let code: [Range<UInt64>]
  /// The second file of dwz, for what several programs have in common.
  let alternate: DwarfFile?
  /// Finds the files of split units; `nil` in such a file itself.
  let splits: SplitUnits?

  private let headers = Mutex<[UnitHeader]?>(nil)

  /// Opens the debug information of a file; `nil` when it has none.
  init?(_ file: ElfFile, binaryPath: String? = nil, debugDirectories: [String]) {
    let sections = DwarfSections(file, isSplit: false)
    guard Self.hasUnits(sections) else { return nil }
    self.file = file
    self.sections = sections
    code = file.codeRanges()
    alternate = AlternateFile.open(for: file, debugDirectories: debugDirectories)
      .flatMap { DwarfFile($0, sections: DwarfSections($0, isSplit: false)) }
    splits = SplitUnits(paths: [binaryPath, file.path].compactMap { $0 })
  }

  /// A file that others refer to: dwz's, a split unit's, or a part of a package.
  init?(_ file: ElfFile, sections: DwarfSections) {
    guard Self.hasUnits(sections) else { return nil }
    self.file = file
    self.sections = sections
    code = []
    alternate = nil
    splits = nil
  }

  private static func hasUnits(_ sections: DwarfSections) -> Bool {
    !sections[.abbreviations].isEmpty && sections.unpackUnits(to: UnitHeader.bytesMax)
      && UnitHeader(sections[.info], at: 0) != nil
  }

  /// The headers of all units, in the order of the file; read when first asked for.
  func unitHeaders() -> [UnitHeader] {
    headers.withLock { headers in
      let known =
        headers ?? (sections.unpackUnits() ? UnitHeader.all(in: sections[.info]) : [])
      headers = known
      return known
    }
  }

  /// The unit that holds an offset of `.debug_info`.
  func unitHeader(holding offset: UInt64) -> UnitHeader? {
    let headers = unitHeaders()
    guard let index = headers.lastIndex(notAbove: offset, by: { UInt64($0.offset) }),
      offset < UInt64(headers[index].end)
    else { return nil }
    return headers[index]
  }

  /// Text at an offset of a section of strings.
  func text(_ section: DwarfSections.Name, at offset: UInt64) -> UnsafeRawBufferPointer? {
    let bytes = sections[section]
    guard offset < UInt64(bytes.count) else { return nil }
    var reader = SectionReader(bytes, at: Int(offset))
    let text = reader.text()
    return reader.hasFailed ? nil : text
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
}

extension [Range<UInt64>] {
  /// Whether one of the ranges holds an address. A file has few executable sections.
  func containsAddress(_ address: UInt64) -> Bool {
    contains { $0.contains(address) }
  }
}
