import CTraceFormat
import Foundation
import TraceFormat
import TraceInput
import TraceTestSupport
import Testing

@Suite("Adding chunks to a trace") struct TraceAppenderTests {
  private func withTrace(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).bin").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(filePath: path))
    try body(path)
  }

  private func closedTrace() -> [UInt8] {
    var builder = TraceBuilder()
    builder.appendBatch([.allocate(thread: 1, address: 16, size: 8, stack: 0)])
    return builder.closed()
  }

  @Test("A finished addition is read back, compressed or not") func finished() throws {
    try withTrace(closedTrace()) { path in
      let appender = try TraceAppender(TraceFile(path: path))
      let payloads = [[UInt8](repeating: 7, count: 5000), [1, 2, 3]]
      for payload in payloads { try appender.append(MT_CHUNK_CHECKPOINT, payload) }
      try appender.finish()
      let file = try TraceFile(path: path)
      #expect(file.header.chunkEnd == file.source.byteCount)
      var walker = ChunkWalker(file)
      var found: [[UInt8]] = []
      while let chunk = try walker.next() {
        let reader = PayloadReader()
        let payload = try reader.read(chunk, of: file.source)
        if chunk.kind == .checkpoint { found.append(Array(payload)) }
        withExtendedLifetime(reader) {}
      }
      #expect(found == payloads)
      #expect(walker.damage.isEmpty)
    }
  }

  @Test("An addition that was not finished leaves the trace as it was") func unfinished() throws {
    let bytes = closedTrace()
    try withTrace(bytes) { path in
      do {
        let appender = try TraceAppender(TraceFile(path: path))
        try appender.append(MT_CHUNK_INDEX, [1, 2, 3])
        #expect(try Data(contentsOf: URL(filePath: path)).count > bytes.count)
      }
      #expect(try Data(contentsOf: URL(filePath: path)) == Data(bytes))
    }
  }

  @Test("An addition that was cut short is no part of the trace, and makes room for the next")
  func cutShort() throws {
    let bytes = closedTrace()
    let part = ChunkEncoder.encode(MT_CHUNK_CHECKPOINT, [UInt8](repeating: 7, count: 5000))
    try withTrace(bytes + part + part.dropLast(8)) { path in
      var walker = ChunkWalker(try TraceFile(path: path))
      while let chunk = try walker.next() { #expect(chunk.kind != .checkpoint) }
      #expect(walker.damage.isEmpty)
      let appender = try TraceAppender(TraceFile(path: path))
      try appender.append(MT_CHUNK_CHECKPOINT, [1, 2, 3])
      try appender.finish()
      let file = try TraceFile(path: path)
      #expect(file.source.byteCount == UInt64(bytes.count + 40))
      #expect(file.header.chunkEnd == file.source.byteCount)
    }
  }

  @Test("A trace that is not closed, or has more behind its end, is refused")
  func refused() throws {
    try withTrace(TraceBuilder().open(live: TestLiveRegion())) { path in
      let error = #expect(throws: TraceError.self) { try TraceAppender(TraceFile(path: path)) }
      #expect(error?.cause.contains("not closed") == true)
    }
    try withTrace(closedTrace() + [0, 0, 0, 0, 0, 0, 0, 0]) { path in
      #expect(throws: TraceError.self) { try TraceAppender(TraceFile(path: path)) }
    }
  }
}
