import CTraceFormat
import HeapModel
import TraceFormat
import TraceInput

/// Makes indexes of invented traces.
enum IndexedTrace {
  /// A trace with an index at its end.
  static func adding(_ index: [UInt8], to trace: [UInt8]) -> [UInt8] {
    var bytes = trace + index
    guard let place = MemoryLayout<mt_file_header>.offset(of: \.chunk_end) else { return bytes }
    let end = UInt64(bytes.count)
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: end, toByteOffset: place, as: UInt64.self) }
    return bytes
  }

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
