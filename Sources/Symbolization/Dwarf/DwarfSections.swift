// The sections of debug information, as plain memory that belongs to an open ELF file. Compressed
// ones are unpacked side by side when the file is opened.

import CElfutils
import Dispatch
import Synchronization

/// What one file, or one unit's part of a package, holds; what is not there is empty.
struct DwarfSections {
  /// Named as in the file, without `.debug_` and `.dwo`.
  enum Name: String, CaseIterable {
    case info
    case abbreviations = "abbrev"
    case strings = "str"
    case lineStrings = "line_str"
    case stringOffsets = "str_offsets"
    case addresses = "addr"
    case ranges
    case rangeLists = "rnglists"
    case lines = "line"
    case unitIndex = "cu_index"
  }

  private var bytes = [UnsafeRawBufferPointer](
    repeating: UnsafeRawBufferPointer(start: nil, count: 0), count: Name.allCases.count)

  private struct Packed: Sendable {
    let name: Name
    let section: PackedSection
  }

  /// Reads a file's sections, unpacked. `isSplit`: those of a split unit's file (`.dwo`).
  init(_ file: ElfFile, isSplit: Bool) {
    let suffix = isSplit ? ".dwo" : ""
    var packed: [Packed] = []
    for section in file.sections() where section.header.sh_type != UInt32(SHT_NOBITS) {
      let name = file.name(of: section)
      for wanted in Name.allCases {
        // Indices of packages are not called .dwo.
        let isUnitIndex = wanted == .unitIndex
        let plain = "debug_\(wanted.rawValue)\(isUnitIndex ? "" : suffix)"
        guard name == ".\(plain)" || name == ".z\(plain)" else { continue }
        if PackedSection.isPacked(section, of: file) {
          if let contents = PackedSection(section) {
            packed.append(Packed(name: wanted, section: contents))
          }
        } else if self[wanted].isEmpty, let bytes = file.bytes(of: section) {
          self[wanted] = bytes
        }
      }
    }
    for (name, contents) in Self.unpack(packed) where self[name].isEmpty {
      file.keep(contents)
      self[name] = UnsafeRawBufferPointer(contents.memory)
    }
  }

  /// Unpacks the largest section first: it decides how long all of them take.
  private static func unpack(_ packed: [Packed]) -> [(name: Name, contents: UnpackedSection)] {
    let turns = packed.sorted { $0.section.byteCount > $1.section.byteCount }
    let unpacked = Mutex<[(name: Name, contents: UnpackedSection)]>([])
    DispatchQueue.concurrentPerform(iterations: turns.count) { place in
      let turn = turns[place]
      guard let contents = turn.section.unpack() else { return }
      unpacked.withLock { $0.append((turn.name, contents)) }
    }
    return unpacked.withLock { $0 }
  }

  /// One section.
  subscript(name: Name) -> UnsafeRawBufferPointer {
    get { bytes[name.place] }
    set { bytes[name.place] = newValue }
  }
}

extension DwarfSections.Name {
  /// In the order of the cases.
  fileprivate var place: Int {
    switch self {
    case .info: 0
    case .abbreviations: 1
    case .strings: 2
    case .lineStrings: 3
    case .stringOffsets: 4
    case .addresses: 5
    case .ranges: 6
    case .rangeLists: 7
    case .lines: 8
    case .unitIndex: 9
    }
  }
}
