/// How an attribute's value stands in the file (DWARF 5, section 7.5.6, and GNU's additions).
enum DwarfForm: UInt16, Sendable {
  case address = 0x01
  case block2 = 0x03
  case block4 = 0x04
  case data2 = 0x05
  case data4 = 0x06
  case data8 = 0x07
  case string = 0x08
  case block = 0x09
  case block1 = 0x0a
  case data1 = 0x0b
  case flag = 0x0c
  case signedData = 0x0d
  case stringOffset = 0x0e
  case unsignedData = 0x0f
  case sectionReference = 0x10
  case reference1 = 0x11
  case reference2 = 0x12
  case reference4 = 0x13
  case reference8 = 0x14
  case unsignedReference = 0x15
  case indirect = 0x16
  case sectionOffset = 0x17
  case expression = 0x18
  case presentFlag = 0x19
  case stringIndex = 0x1a
  case addressIndex = 0x1b
  case supplementReference4 = 0x1c
  case supplementString = 0x1d
  case data16 = 0x1e
  case lineStringOffset = 0x1f
  case typeSignature = 0x20
  case implicitConstant = 0x21
  case locationListIndex = 0x22
  case rangeListIndex = 0x23
  case supplementReference8 = 0x24
  case stringIndex1 = 0x25
  case stringIndex2 = 0x26
  case stringIndex3 = 0x27
  case stringIndex4 = 0x28
  case addressIndex1 = 0x29
  case addressIndex2 = 0x2a
  case addressIndex3 = 0x2b
  case addressIndex4 = 0x2c
  case gnuAddressIndex = 0x1f01
  case gnuStringIndex = 0x1f02
  case gnuAlternateReference = 0x1f20
  case gnuAlternateString = 0x1f21

  /// Whether the value is the offset of an entry from its unit's start.
  var isUnitReference: Bool {
    switch self {
    case .reference1, .reference2, .reference4, .reference8, .unsignedReference: true
    default: false
    }
  }

  /// Bytes of the value, where they are the same for every value.
  func size(in encoding: DwarfEncoding) -> Int? {
    switch self {
    case .presentFlag, .implicitConstant: 0
    case .data1, .flag, .reference1, .stringIndex1, .addressIndex1: 1
    case .data2, .reference2, .stringIndex2, .addressIndex2: 2
    case .stringIndex3, .addressIndex3: 3
    case .data4, .reference4, .stringIndex4, .addressIndex4, .supplementReference4: 4
    case .data8, .reference8, .typeSignature, .supplementReference8: 8
    case .data16: 16
    case .address: encoding.addressBytes
    case .stringOffset, .lineStringOffset, .sectionOffset, .supplementString,
      .gnuAlternateReference, .gnuAlternateString:
      encoding.offsetBytes
    case .sectionReference: encoding.referenceBytes
    case .string, .block, .block1, .block2, .block4, .expression, .signedData, .unsignedData,
      .unsignedReference, .stringIndex, .addressIndex, .locationListIndex, .rangeListIndex,
      .gnuAddressIndex, .gnuStringIndex, .indirect:
      nil
    }
  }
}

/// What a unit's header says about the widths of values in it (DWARF 5, sections 7.4 and 7.5.1).
struct DwarfEncoding: Hashable, Sendable {
  let version: UInt16
  let addressBytes: Int
  let is64Bit: Bool

  /// Bytes of an offset into a section.
  var offsetBytes: Int { is64Bit ? 8 : 4 }
  /// Bytes of a reference to an entry of any unit; DWARF 2 made it as wide as an address.
  var referenceBytes: Int { version <= 2 ? addressBytes : offsetBytes }
}
