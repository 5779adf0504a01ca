/// An attribute's value as it stands in the file: what its number means depends on the form.
struct DwarfValue {
  let form: DwarfForm
  /// The number, index, offset or address; for text within the entry, its place in the section.
  let number: UInt64
}

extension SectionReader {
  /// The value of an attribute. Contents of blocks and of 16-byte constants are passed over.
  @inline(__always)
  mutating func value(
    _ form: DwarfForm, implicit: Int64, in encoding: DwarfEncoding
  ) -> DwarfValue {
    DwarfValue(form: form, number: number(form, implicit: implicit, in: encoding))
  }

  private mutating func number(
    _ form: DwarfForm, implicit: Int64, in encoding: DwarfEncoding
  ) -> UInt64 {
    switch form {
    case .presentFlag: return 1
    case .implicitConstant: return UInt64(bitPattern: implicit)
    case .data1, .flag, .reference1, .stringIndex1, .addressIndex1:
      return UInt64(integer(UInt8.self))
    case .data2, .reference2, .stringIndex2, .addressIndex2:
      return UInt64(integer(UInt16.self))
    case .stringIndex3, .addressIndex3:
      return UInt64(integer(UInt16.self)) | UInt64(integer(UInt8.self)) << 16
    case .data4, .reference4, .stringIndex4, .addressIndex4, .supplementReference4:
      return UInt64(integer(UInt32.self))
    case .data8, .reference8, .typeSignature, .supplementReference8: return integer(UInt64.self)
    case .address: return address(bytes: UInt64(encoding.addressBytes))
    case .stringOffset, .lineStringOffset, .sectionOffset, .supplementString,
      .gnuAlternateReference, .gnuAlternateString:
      return sectionOffset(is64Bit: encoding.is64Bit)
    case .sectionReference: return address(bytes: UInt64(encoding.referenceBytes))
    case .unsignedData, .unsignedReference, .stringIndex, .addressIndex, .locationListIndex,
      .rangeListIndex, .gnuAddressIndex, .gnuStringIndex:
      return unsignedLEB()
    case .signedData: return UInt64(bitPattern: signedLEB())
    case .string:
      let start = UInt64(offset)
      _ = text()
      return start
    case .data16: skip(16)
    case .block, .expression: skip(unsignedLEB())
    case .block1: skip(UInt64(integer(UInt8.self)))
    case .block2: skip(UInt64(integer(UInt16.self)))
    case .block4: skip(UInt64(integer(UInt32.self)))
    case .indirect: skip(.max)  // replaced by the form it names before it gets here
    }
    return 0
  }
}
