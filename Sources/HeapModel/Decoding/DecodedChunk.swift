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
