import HeapModel
import TraceFormat
import TraceInput

/// Makes indexes of invented traces.
enum IndexedTrace {
  /// The chunks of an index with a checkpoint wherever one can be.
  static func index(of bytes: [UInt8]) throws -> [UInt8] {
    var spacing = TraceIndexer.Spacing()
    spacing.partsOfFile = .max
    spacing.events = 1
    spacing.eventsPerLiveBlock = 0
    var chunks: [UInt8] = []
    _ = try TraceIndexer(TraceFile(source: MemorySource(bytes)), spacing: spacing).build {
      type, payload in chunks += ChunkEncoder.encode(type, payload)
    }
    return chunks
  }
}
