import CTraceFormat
import Glibc
import TraceTestSupport

/// libFuzzer's start: gives an empty corpus small sound traces of every kind of chunk to begin with.
@_cdecl("LLVMFuzzerInitialize")
public func writeSeeds(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>>>
) -> CInt {
  for seed in 0..<12 as Range<UInt64> { write(trace(seed), to: "corpus/seed-\(seed)") }
  return 0
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
  switch seed % 3 {
  case 0:
    builder.appendBatch(Array(rest))
    return builder.closed()
  case 1:
    builder.appendRaw(words)
    return builder.closed()
  default:
    builder.appendRaw(words)
    builder.appendBatch([.releaseOf(thread: 9, owner: 8, sequence: 0, address: 64)])
    builder.appendBatch([.allocate(thread: 8, address: 64, size: 1, stack: 1)])
    return builder.closed()
  }
}

private func write(_ bytes: [UInt8], to path: String) {
  guard let file = fopen(path, "wx") else { return }
  fwrite(bytes, 1, bytes.count, file)
  fclose(file)
}
