import TraceFormat

/// The columns of an event batch that have one entry for each event of some kinds, in merged order: how
/// far they have been read.
struct RecordColumns {
  private var specials: UnsafeRawBufferPointer
  private var mappings: UnsafeRawBufferPointer

  init(_ columns: EventColumns) {
    specials = columns.specials
    mappings = columns.mappings
  }

  /// The record of the next special event.
  mutating func special() throws(TraceError) -> TraceRecord {
    let (record, length) = try TraceRecord.decode(specials)
    specials = UnsafeRawBufferPointer(rebasing: specials.dropFirst(length))
    return record
  }

  /// The next call on mappings; `nil` if it is of a kind that this version does not know.
  mutating func mapping() throws(TraceError) -> MappingCall? {
    guard mappings.count >= MappingCall.storedBytes else {
      throw EventColumns.damaged("an event batch has more mappings than their column")
    }
    let call = MappingCall(mappings)
    mappings = UnsafeRawBufferPointer(rebasing: mappings.dropFirst(MappingCall.storedBytes))
    return call
  }
}
