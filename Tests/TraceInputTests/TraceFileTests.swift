import CTraceFormat
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

@Suite("Opening a trace") struct TraceFileTests {
  private func error(_ bytes: [UInt8]) -> TraceError? {
    do throws(TraceError) {
      _ = try TraceFile(source: MemorySource(bytes, name: "some.bin"))
      return nil
    } catch {
      return error
    }
  }

  @Test("A sound header gives the process")
  func header() throws {
    let file = try TraceFile(source: MemorySource(TraceBuilder().closed()))
    #expect(file.header.program == "invented")
    #expect(file.header.pid == 4711)
    #expect(file.header.isClosed)
  }

  @Test("Empty, foreign, newer, cut and damaged files are told apart")
  func errors() throws {
    let sound = TraceBuilder().closed()
    #expect(error([])?.kind == .notATrace)
    #expect(error(Array("#!/bin/sh\necho this is text\n".utf8))?.kind == .notATrace)
    #expect(error(Array("MEMTRAC".utf8))?.kind == .notATrace)
    #expect(error(Array("MEMTRACE".utf8))?.kind == .truncated)
    #expect(error(Array(sound.prefix(175)))?.kind == .truncated)
    var newer = TraceBuilder()
    newer.header.version_major = 9
    #expect(
      error(newer.closed())?.kind
        == .newerVersion(major: 9, supported: TraceHeader.supportedMajor))
    for place in 10..<152 {
      var bytes = sound
      bytes[place] ^= 1
      #expect(error(bytes)?.kind == .damaged, "byte \(place)")
    }
    #expect(error(Array("MEMTRACE".utf8))?.file == "some.bin")
  }

  @Test("What is no regular file is refused")
  func files() {
    for path in ["/nonexistent/trace.bin", "/", "/dev/zero"] {
      #expect(throws: TraceError.self) { _ = try TraceFile(path: path) }
    }
  }

  @Test("Payloads that announce too much are refused before memory is taken")
  func bombs() throws {
    var builder = TraceBuilder()
    let zeros = TraceBuilder.compress([UInt8](repeating: 0, count: 1 << 20))
    for announced in [UInt64(1) << 40, UInt64.max, 65 << 20, 1 << 19, 0] {
      builder.appendChunk(
        type: UInt16(MT_CHUNK_RECORDS.rawValue), stored: zeros, payloadBytes: announced,
        compression: MT_COMPRESSION_ZSTD)
    }
    let file = try TraceFile(source: MemorySource(builder.closed()))
    var walker = ChunkWalker(file)
    let reader = PayloadReader()
    var chunks = 0
    while let chunk = try walker.next() {
      chunks += 1
      #expect(throws: TraceError.self) { _ = try reader.read(chunk, of: file.source) }
    }
    #expect(chunks == 5)
  }
}
