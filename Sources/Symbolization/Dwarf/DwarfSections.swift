// The sections of debug information, as plain memory that belongs to an open ELF file. Compressed
// ones are unpacked side by side when the file is opened, but for the largest, the units: those are
// unpacked as they are read.

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

  /// The units, where they are compressed.
  private var packedUnits: UnpackedSection?

  /// Reads a file's sections, unpacked. `isSplit`: those of a split unit's file (`.dwo`).
  init(_ file: ElfFile, isSplit: Bool) {
    let suffix = isSplit ? ".dwo" : ""
    var packed: [(name: Name, section: PackedSection)] = []
    for section in file.sections() where section.header.sh_type != UInt32(SHT_NOBITS) {
      let name = file.name(of: section)
      for wanted in Name.allCases {
        // Indices of packages are not called .dwo.
        let isUnitIndex = wanted == .unitIndex
        let plain = "debug_\(wanted.rawValue)\(isUnitIndex ? "" : suffix)"
        guard name == ".\(plain)" || name == ".z\(plain)" else { continue }
        if PackedSection.isPacked(section, of: file) {
          if let contents = PackedSection(section) {
            packed.append((wanted, contents))
          }
        } else if self[wanted].isEmpty, let bytes = file.bytes(of: section) {
          self[wanted] = bytes
        }
      }
    }
    // The largest section first: it decides how long all of them take.
    packed.sort { $0.section.byteCount > $1.section.byteCount }
    var unpacked: [(name: Name, section: UnpackedSection)] = []
    for (name, section) in packed where self[name].isEmpty {
      guard let section = section.open() else { continue }
      if name == .info, !isSplit { packedUnits = section } else { unpacked.append((name, section)) }
      self[name] = UnsafeRawBufferPointer(section.memory)
      file.keep(section)
    }
    for name in Self.unpack(unpacked) { self[name] = UnsafeRawBufferPointer(start: nil, count: 0) }
  }

  /// Unpacks sections, and returns the names of those that are damaged.
  private static func unpack(_ sections: [(name: Name, section: UnpackedSection)]) -> [Name] {
    let damaged = Mutex<[Name]>([])
    DispatchQueue.concurrentPerform(iterations: sections.count) { place in
      let (name, section) = sections[place]
      if !section.unpack() { damaged.withLock { $0.append(name) } }
    }
    return damaged.withLock { $0 }
  }

  /// Makes the units readable up to an offset; false when they are damaged before it.
  func unpackUnits(to end: Int = .max) -> Bool { packedUnits?.unpack(to: end) ?? true }

  /// One section. Of the units only what `unpackUnits` was asked for may be read.
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
