import TraceFormat
import TraceInput

/// Reads, checks and decodes chunks, with memory of its own that is used again for the next one.
///
/// Belongs to one thread at a time, which the pipeline sees to.
final class ChunkDecoder: @unchecked Sendable {
  private let payloads = PayloadReader()
  private let events: EventBatchDecoder
  private let batch = EventBatch()
  private let source: any TraceSource
  private let major: Int

  init(_ file: TraceFile) {
    source = file.source
    major = file.header.versionMajor
    events = EventBatchDecoder(file.header)
  }

  /// The content of a chunk; a batch in it is valid until the next call.
  func decode(_ chunk: TraceChunk) -> DecodedChunk {
    do throws(TraceError) {
      switch chunk.kind {
      case .records:
        var records = try TraceRecord.decodeAll(try read(chunk))
        records.removeAll { !$0.isKnown }
        return .records(records)
      case .stacks: return .stacks(try StackNode.decodeAll(try read(chunk), major: major))
      case .events:
        try events.decode(try read(chunk), into: batch)
        return .events(batch)
      case .raw: return .raw(try RawRun.parse(try read(chunk)))
      case .symbols:
        // Whoever wants them reads them; here they only must be sound.
        _ = try RecordedSymbols.decode(try read(chunk))
        return .skipped
      case .codeMap:
        _ = try read(chunk)
        return .skipped
      case .live, .checkpoint, .index, .other: return .skipped
      }
    } catch {
      return .failed(error)
    }
  }

  private func read(_ chunk: TraceChunk) throws(TraceError) -> UnsafeRawBufferPointer {
    try payloads.read(chunk, of: source)
  }
}
