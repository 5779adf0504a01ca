// Where functions begin and end that no symbol names. Stripping takes the names, but not the unwind
// tables (`.eh_frame`: LSB Core 5.0, section 10.6): one description (FDE) for each function, and for each
// part of one that the compiler has put elsewhere. Descriptions are read one after another rather than
// through `.eh_frame_hdr`, which says no more, and is not in every file.

import CElfutils

/// The ranges of code that one binary's unwind tables describe. The file must stay open.
struct UnwindRanges {
  private let table: UnsafeRawBufferPointer
  private let tableAddress: UInt64

  /// How a pointer is written (`DW_EH_PE_…`).
  private struct Encoding {
    /// What a common part has that says nothing of it: 8 bytes, absolute.
    static let standard = Encoding(rawValue: 0)

    let rawValue: UInt8

    /// Whether the value is a distance from where it stands.
    var isRelative: Bool { rawValue & 0xf0 == 0x10 }
    /// Others are relative to what the file does not tell, or indirect.
    var isKnown: Bool { rawValue & 0xf0 == 0 || isRelative }
  }

  /// Reads nothing yet; `nil` when the binary has no such table.
  init?(_ file: ElfFile) {
    guard let section = file.section(named: ".eh_frame"),
      !PackedSection.isPacked(section, of: file), let bytes = file.bytes(of: section)
    else { return nil }
    table = bytes
    tableAddress = section.header.sh_addr
  }

  /// The start of the range that holds each address, which must be sorted; `nil` where none does.
  /// O(descriptions + addresses × log(addresses)).
  func starts(of addresses: [UInt64]) -> [UInt64?] {
    let ranges = ranges(holding: addresses)
    return addresses.map { address in
      guard let index = ranges.lastIndex(notAbove: address, by: \.lowerBound),
        ranges[index].contains(address)
      else { return nil }
      return ranges[index].lowerBound
    }
  }

  /// All ranges that hold one of some addresses, by their starts.
  private func ranges(holding addresses: [UInt64]) -> [Range<UInt64>] {
    if addresses.isEmpty { return [] }
    let slots = AddressSlots(addresses)
    var ranges: [Range<UInt64>] = []
    var encodings: [Int: Encoding?] = [:]
    var reader = SectionReader(table)
    while reader.remaining > 0 {
      let length = reader.integer(UInt32.self)
      // A zero ends the table of one object file. The form of 64 bits is nowhere in use.
      guard length > 0 else { continue }
      let body = reader.offset
      guard length < UInt32.max, Int(length) <= reader.remaining else { break }
      let end = body + Int(length)
      let distance = Int(reader.integer(UInt32.self))
      // The distance to its common part (CIE); a common part itself has none.
      if distance > 0 {
        let common = body - distance
        let encoding = encodings[common] ?? encoding(ofEntryAt: common)
        encodings[common] = encoding
        if let encoding, let range = range(&reader, encoding),
          slots.hasAddress(from: range.lowerBound, below: range.upperBound)
        {
          ranges.append(range)
        }
      }
      reader.seek(to: end)
    }
    return ranges.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
  }

  /// How the descriptions of a common part write addresses; `nil` when that is not understood.
  private func encoding(ofEntryAt offset: Int) -> Encoding? {
    var reader = SectionReader(table, at: offset)
    let length = reader.integer(UInt32.self)
    guard !reader.hasFailed, length < UInt32.max, Int(length) <= reader.remaining else {
      return nil
    }
    reader = reader.limited(to: reader.offset + Int(length))
    guard reader.integer(UInt32.self) == 0 else { return nil }
    let version = reader.integer(UInt8.self)
    let augmentation = reader.text()
    if augmentation.isEmpty { return reader.hasFailed ? nil : .standard }
    guard augmentation[0] == UInt8(ascii: "z") else { return nil }
    if version >= 4 { reader.skip(2) }
    reader.skipLEB()
    reader.skipLEB()
    if version == 1 { reader.skip(1) } else { reader.skipLEB() }
    reader.skipLEB()
    for letter in augmentation.dropFirst() {
      switch letter {
      case UInt8(ascii: "R"):
        let encoding = Encoding(rawValue: reader.integer(UInt8.self))
        return reader.hasFailed || !encoding.isKnown ? nil : encoding
      case UInt8(ascii: "L"): reader.skip(1)
      case UInt8(ascii: "P"):
        let encoding = Encoding(rawValue: reader.integer(UInt8.self))
        guard value(&reader, encoding) != nil else { return nil }
      case UInt8(ascii: "S"), UInt8(ascii: "B"), UInt8(ascii: "G"): break
      default: return nil
      }
    }
    return .standard
  }

  /// The code of the description whose addresses come next.
  private func range(_ reader: inout SectionReader, _ encoding: Encoding) -> Range<UInt64>? {
    let place = tableAddress &+ UInt64(reader.offset)
    guard let value = value(&reader, encoding), let size = self.value(&reader, encoding) else {
      return nil
    }
    let start = encoding.isRelative ? place &+ value : value
    let (end, overflow) = start.addingReportingOverflow(size)
    return overflow || size == 0 ? nil : start..<end
  }

  /// A number as an encoding has it; `nil` when the table ends before.
  private func value(_ reader: inout SectionReader, _ encoding: Encoding) -> UInt64? {
    let value: UInt64
    switch encoding.rawValue & 0x0f {
    case 0x00, 0x04, 0x0c: value = reader.integer(UInt64.self)
    case 0x01: value = reader.unsignedLEB()
    case 0x02: value = UInt64(reader.integer(UInt16.self))
    case 0x03: value = UInt64(reader.integer(UInt32.self))
    case 0x09: value = UInt64(bitPattern: reader.signedLEB())
    case 0x0a: value = UInt64(bitPattern: Int64(reader.integer(Int16.self)))
    case 0x0b: value = UInt64(bitPattern: Int64(reader.integer(Int32.self)))
    default: return nil
    }
    return reader.hasFailed ? nil : value
  }
}
