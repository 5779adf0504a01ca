import CTraceFormat
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

@Suite("The walk over chunks") struct ChunkWalkerTests {
  private func walk(_ bytes: [UInt8]) throws -> (chunks: [TraceChunk], damage: [TraceDamage]) {
    var walker = ChunkWalker(try TraceFile(source: MemorySource(bytes)))
    var chunks: [TraceChunk] = []
    while let chunk = try walker.next() { chunks.append(chunk) }
    return (chunks, walker.damage)
  }

  private func builder() -> TraceBuilder {
    var builder = TraceBuilder()
    builder.appendRecords(TestRecords.text(MT_RECORD_EXECUTABLE, "/bin/one"))
    builder.appendRecords(TestRecords.text(MT_RECORD_DIRECTORY, "/two"))
    builder.appendChunk(
      type: 999, stored: [1, 2, 3], payloadBytes: 3, compression: MT_COMPRESSION_NONE)
    builder.appendRecords(TestRecords.text(MT_RECORD_RECORDER, "four"))
    return builder
  }

  @Test("All chunks come in order, unknown ones too")
  func order() throws {
    let (chunks, damage) = try walk(builder().closed())
    #expect(chunks.map(\.kind) == [.records, .records, .other(999), .records])
    #expect(damage == [])
  }

  @Test("A damaged chunk header is reported with its place, and the rest is found")
  func resynchronizes() throws {
    let whole = try walk(builder().closed()).chunks
    for index in whole.indices {
      var bytes = builder().closed()
      bytes[Int(whole[index].offset) + 17] ^= 0x40
      let (chunks, damage) = try walk(bytes)
      var expected = whole
      expected.remove(at: index)
      #expect(chunks == expected)
      #expect(damage.count == 1)
      #expect(damage.first?.offset == whole[index].offset)
      #expect(damage.first?.skippedBytes == whole[index].end - whole[index].offset)
    }
  }

  @Test("A hole before the live region ends the stream without damage")
  func liveRegion() throws {
    let (chunks, damage) = try walk(builder().open(live: TestLiveRegion()))
    #expect(chunks.count == 4)
    #expect(damage == [])
  }

  @Test("Chunks after a live region are reached through the chunk that spans it")
  func spansLiveRegion() throws {
    var bytes = builder().closed()
    let liveStart = (bytes.count + 4096 + 4095) / 4096 * 4096
    var span = TraceBuilder()
    span.appendChunk(
      type: UInt16(MT_CHUNK_LIVE.rawValue), stored: [],
      storedBytes: UInt64(liveStart + 8192 - bytes.count - 32), payloadBytes: 0,
      compression: MT_COMPRESSION_NONE)
    bytes += span.closed().dropFirst(Int(MT_FILE_HEADER_BYTES))
    bytes += [UInt8](repeating: 0x4d, count: liveStart + 8192 - bytes.count)
    var late = TraceBuilder()
    late.appendRecords(TestRecords.text(MT_RECORD_RECORDER, "late"))
    bytes += late.closed().dropFirst(Int(MT_FILE_HEADER_BYTES))
    var header = bytes.withUnsafeBytes { $0.loadUnaligned(as: mt_file_header.self) }
    header.closed = 0
    header.live_offset = UInt64(liveStart)
    header.live_bytes = 8192
    var sealed = header
    sealed.header_crc = 0
    header.header_crc = withUnsafeBytes(of: sealed) { mt_crc32c(0, $0.baseAddress, 152) }
    withUnsafeBytes(of: header) { bytes.replaceSubrange(0..<$0.count, with: Array($0)) }

    let (chunks, damage) = try walk(bytes)
    #expect(chunks.count == 5)
    #expect(chunks.last?.offset == UInt64(liveStart + 8192))
    #expect(damage == [])
  }

  @Test("A closed trace that lacks its last chunk says so")
  func missingEnd() throws {
    let bytes = builder().closed()
    let last = try #require(try walk(bytes).chunks.last)
    let (chunks, damage) = try walk(Array(bytes.prefix(Int(last.offset))))
    #expect(chunks.count == 3)
    #expect(damage.map(\.offset) == [last.offset])
  }
}
