import CTraceFormat
import Glibc
import HeapModel
import TraceInput
import TraceTestSupport

/// libFuzzer's start: gives an empty corpus small sound traces of every kind of chunk to begin with,
/// the closed ones without an index and with one.
@_cdecl("LLVMFuzzerInitialize")
public func writeSeeds(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>>>
) -> CInt {
  for seed in 0..<16 as Range<UInt64> {
    let trace = trace(seed)
    write(trace, to: "corpus/seed-\(seed)")
    if seed % 4 != 2 { write(indexed(trace), to: "corpus/indexed-\(seed)") }
  }
  return 0
}

/// A trace with an index that has a checkpoint after each batch, not compressed.
private func indexed(_ trace: [UInt8]) -> [UInt8] {
  var spacing = TraceIndexer.Spacing()
  spacing.partsOfFile = .max
  spacing.events = 1
  spacing.eventsPerLiveBlock = 0
  var chunks: [UInt8] = []
  guard let file = try? TraceFile(source: MemorySource(trace)) else { return trace }
  _ = try? TraceIndexer(file, spacing: spacing).build { type, payload in
    var header = mt_chunk_header()
    header.magic = MT_CHUNK_MAGIC
    header.type = UInt16(type.rawValue)
    header.compression = UInt8(MT_COMPRESSION_NONE.rawValue)
    header.payload_crc = payload.withUnsafeBytes { mt_crc32c(0, $0.baseAddress, $0.count) }
    header.stored_bytes = UInt64(payload.count)
    header.payload_bytes = UInt64(payload.count)
    header.header_crc = withUnsafeBytes(of: header) { mt_crc32c(0, $0.baseAddress, $0.count) }
    chunks += withUnsafeBytes(of: header) { Array($0) } + payload
    chunks += [UInt8](repeating: 0, count: -chunks.count & 7)
  }
  var bytes = trace + chunks
  let end = UInt64(bytes.count)
  if let place = MemoryLayout<mt_file_header>.offset(of: \.chunk_end) {
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: end, toByteOffset: place, as: UInt64.self) }
  }
  return bytes
}

private func trace(_ seed: UInt64) -> [UInt8] {
  var history = RandomHistory(seed: seed)
  history.threads = UInt32(seed % 3) + 1
  history.addresses = 12
  let operations = history.operations(40)
  var builder = TraceBuilder()
  builder.isCompressed = false
  builder.header.header_bytes = UInt32(MemoryLayout<mt_file_header>.size)
  builder.appendStacks(
    (1...7).map { (id: $0, parent: $0 / 2, programCounter: 0x1000 + UInt64($0)) })
  builder.appendRecords(
    TestRecords.text(MT_RECORD_EXECUTABLE, "/x")
      + TestRecords.moduleLoad(id: 1, range: 0x1000..<0x2000, path: "/x", buildID: [1])
      + TestRecords.end(MT_END_EXIT, status: 0, timeNanoseconds: 9))
  builder.appendBatch(Array(operations.prefix(20)))
  var encoder = TestRawEncoder(sequences: builder.sequences)
  let rest = operations[20...]
  let words = rest.flatMap {
    TestRawEncoder.run(thread: $0.thread, slot: $0.thread, position: 0, encoder.encode($0))
  }
  switch seed % 4 {
  case 0:
    builder.appendBatch(Array(rest))
    return builder.closed()
  case 1:
    builder.appendRaw(words)
    return builder.closed()
  case 2:
    return builder.open(live: liveRegion(encoder: &encoder, rest), hole: 0)
  default:
    builder.appendRaw(words)
    builder.appendBatch([.releaseOf(thread: 9, owner: 8, sequence: 0, address: 64)])
    builder.appendBatch([.allocate(thread: 8, address: 64, size: 1, stack: 1)])
    return builder.closed()
  }
}

/// A live region as small as may be, with events in a staging area and in a ring.
private func liveRegion(
  encoder: inout TestRawEncoder, _ operations: ArraySlice<TestOperation>
) -> TestLiveRegion {
  var region = TestLiveRegion()
  region.headerBytes = MemoryLayout<mt_live_header>.size
  region.stagingWords = 192
  region.stride = 1024
  let staged = operations.prefix(operations.count / 2)
  region.stagings = [
    (
      batch: 2,
      words: staged.flatMap {
        TestRawEncoder.run(thread: $0.thread, slot: $0.thread, position: 0, encoder.encode($0))
      }
    )
  ]
  let words = operations.dropFirst(staged.count).filter { $0.thread == 1 }
    .flatMap { encoder.encode($0) }
  region.rings = [TestLiveRegion.Ring(thread: 1, tail: 5, words: words)]
  return region
}

private func write(_ bytes: [UInt8], to path: String) {
  guard let file = fopen(path, "wx") else { return }
  fwrite(bytes, 1, bytes.count, file)
  fclose(file)
}
