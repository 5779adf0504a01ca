import TraceFormat
import TraceInput

/// A chunk's content, as a decoder thread hands it to replay.
enum DecodedChunk {
  case records([TraceRecord])
  case stacks([StackNode])
  case events(EventBatch)
  case raw([RawRun])
  /// Of a type that says nothing of the heap, or that this version does not know.
  case skipped
  case failed(TraceError)
}

extension TraceChunk {
  /// Of what it defines for the rest of the trace, as it is unpacked.
  var definedBytes: UInt64 {
    switch kind {
    case .records, .stacks, .raw: payloadBytes
    case .events, .live, .checkpoint, .index, .symbols, .codeMap, .other: 0
    }
  }
}

extension DecodedChunk {
  /// What a record takes beside its content.
  private static var recordBytes: UInt64 { 64 }

  /// About how much a reader keeps beside the chunk's `definedBytes`.
  var keptBytes: UInt64 {
    switch self {
    case .records(let records): UInt64(records.count) * Self.recordBytes
    case .events(let batch): UInt64(batch.keptSpecials) * Self.recordBytes
    case .stacks, .raw, .skipped, .failed: 0
    }
  }
}
