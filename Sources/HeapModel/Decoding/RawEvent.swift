import CTraceFormat
import TraceFormat

/// What a hook wrote, word by word.
enum RawEvent {
  case allocate(address: UInt64, stack: UInt32, size: UInt64, isRealloc: Bool)
  /// `age` 0: known by its address alone.
  case release(address: UInt64, age: Int)
  case releaseOf(address: UInt64, thread: UInt32, sequence: UInt32)
  /// The block of the thread's last release lives on.
  case reallocFailed(address: UInt64)
  case special(TraceRecord)
  case time(nanoseconds: UInt64)
  case node(StackNode)
  case records([TraceRecord])
  /// What follows in the run happened in this turn or later; see "Order" in `trace_format.h`.
  case turn(UInt64, isTaken: Bool)
}

extension RawEvent {
  /// Reads a run's words.
  ///
  /// - Throws: `TraceError` of kind `damaged`, after `body` had what stands before the damage.
  static func forEach(
    in words: [UInt64], _ body: (RawEvent) -> Void
  ) throws(TraceError) {
    var next = 0
    // Of the prefix before the event at hand.
    var prefix: (space: UInt32, address: UInt64) = (MT_SPACE_HEAP, 0)
    func need(_ count: Int) throws(TraceError) {
      guard count <= words.count - next else { throw damaged("a raw event ends early") }
    }
    while next < words.count {
      let word = words[next]
      let address = prefix.address | word & (1 << UInt64(MT_RAW_ADDRESS_BITS) - 1)
      let isOfHeap = prefix.space == MT_SPACE_HEAP
      let detail = word >> UInt64(MT_RAW_DETAIL_SHIFT) & (1 << UInt64(MT_RAW_DETAIL_BITS) - 1)
      let low60 = word & (1 << UInt64(MT_RAW_KIND_SHIFT) - 1)
      let kind = mt_raw_kind(rawValue: UInt32(word >> UInt64(MT_RAW_KIND_SHIFT)))
      switch kind {
      case MT_RAW_PAD: next += 1
      case MT_RAW_ALLOCATE, MT_RAW_REALLOCATE:
        try need(2)
        let second = words[next + 1]
        var size = second & UInt64(UInt32.max)
        next += 2
        if size == UInt64(MT_RAW_SIZE_LARGE) {
          try need(1)
          size = words[next]
          next += 1
        }
        guard address != 0, size < BlockLimits.sizeBytes else {
          throw damaged("a raw allocation's address or size is out of range")
        }
        if isOfHeap {
          body(
            .allocate(
              address: address, stack: UInt32(second >> 32), size: size,
              isRealloc: kind == MT_RAW_REALLOCATE))
        }
      case MT_RAW_RELEASE:
        next += 1
        if isOfHeap { body(.release(address: address, age: Int(detail))) }
      case MT_RAW_RELEASE_OF:
        try need(2)
        let second = words[next + 1]
        next += 2
        if isOfHeap {
          body(
            .releaseOf(
              address: address, thread: UInt32(second >> 32),
              sequence: UInt32(truncatingIfNeeded: second)))
        }
      case MT_RAW_REALLOC_FAILED:
        next += 1
        if isOfHeap { body(.reallocFailed(address: address)) }
      case MT_RAW_TIME:
        next += 1
        body(.time(nanoseconds: low60))
      case MT_RAW_NODE:
        try need(3)
        body(
          .node(
            StackNode(
              id: UInt32(truncatingIfNeeded: word),
              parent: UInt32(truncatingIfNeeded: words[next + 2]),
              programCounter: words[next + 1])))
        next += 3
      case MT_RAW_RECORD, MT_RAW_SPECIAL:
        let bytes = Int(word & UInt64(UInt32.max))
        let length = (bytes + 7) / 8
        try need(1 + length)
        let content = words[next + 1..<next + 1 + length]
        let result: Result<[TraceRecord], TraceError> = content.withUnsafeBytes { buffer in
          do throws(TraceError) {
            let records = UnsafeRawBufferPointer(rebasing: buffer.prefix(bytes))
            return .success(try TraceRecord.decodeAll(records))
          } catch { return .failure(error) }
        }
        let records = try result.get()
        next += 1 + length
        if kind == MT_RAW_RECORD {
          body(.records(records))
        } else {
          records.forEach { body(.special($0)) }
        }
      case MT_RAW_TURN:
        next += 1
        body(
          .turn(
            word & (1 << UInt64(MT_RAW_TURN_BITS) - 1),
            isTaken: word >> UInt64(MT_RAW_TURN_TAKEN_SHIFT) & 1 != 0))
      case MT_RAW_PREFIX:
        next += 1
        prefix = (
          UInt32(truncatingIfNeeded: word), (word >> 32 & 0xffff) << UInt64(MT_RAW_ADDRESS_BITS)
        )
        continue
      case MT_RAW_OTHER:
        let length = Int(word & UInt64(UInt32.max))
        try need(1 + length)
        if detail == UInt64(MT_RAW_OTHER_MAPPING.rawValue), length * 8 >= MappingCall.storedBytes {
          let call = words[next + 1..<next + 1 + length].withUnsafeBytes { MappingCall($0) }
          if let call { body(.special(.mapping(call))) }
        }
        next += 1 + length
      default: throw damaged("a raw word of unknown kind \(word >> UInt64(MT_RAW_KIND_SHIFT))")
      }
      prefix = (MT_SPACE_HEAP, 0)
    }
  }

  private static func damaged(_ cause: String) -> TraceError {
    TraceError(kind: .damaged, cause: cause)
  }
}
