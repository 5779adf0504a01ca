import CTraceFormat
import TraceFormat
import TraceInput

/// Where a trace's checkpoints stand: see "Index" in trace_format.h.
package struct TraceIndex {
  /// One checkpoint: the state after the first event chunks.
  struct Entry {
    let eventChunks: Int
    /// Of the last event before it.
    let timeNanoseconds: UInt64
    let parts: [TraceChunk]
  }

  /// In the order of time. Only those that belong to the trace's events.
  let entries: [Entry]

  package var isEmpty: Bool { entries.isEmpty }

  /// Finds the index of a trace; without checkpoints if there is none, or none that can be trusted.
  ///
  /// Reads the headers of the chunks, and of the payloads that of the index alone.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package init(_ file: TraceFile) throws(TraceError) {
    var walker = ChunkWalker(file)
    var chain = ChunkChain()
    // After so many event chunks.
    var chains = [chain.checksum]
    var parts: [TraceChunk] = []
    var index: TraceChunk?
    var isSound = true
    while let chunk = try walker.next() {
      switch chunk.kind {
      case .events:
        chain.append(chunk)
        chains.append(chain.checksum)
      case .checkpoint: parts.append(chunk)
      case .index: index = chunk
      case .raw: isSound = isSound && index == nil
      case .records, .stacks, .live, .other: break
      }
    }
    guard isSound, walker.damage.isEmpty, let index else {
      entries = []
      return
    }
    let stored: [mt_index_entry]
    let payloads = PayloadReader()
    // Its memory holds the payload at hand.
    defer { withExtendedLifetime(payloads) {} }
    do throws(TraceError) {
      let payload = try payloads.read(index, of: file.source)
      stored = (0..<payload.count / MemoryLayout<mt_index_entry>.stride).map {
        payload.loadUnaligned(
          fromByteOffset: $0 * MemoryLayout<mt_index_entry>.stride, as: mt_index_entry.self)
      }
    } catch {
      guard error.kind != .unreadable else { throw error.named(file.source.name) }
      entries = []
      return
    }
    var entries: [Entry] = []
    var next = 0
    for entry in stored {
      guard entry.event_chunks < chains.count, Int(entry.parts) <= parts.count - next,
        chains[Int(entry.event_chunks)] == entry.chain_crc
      else { break }
      entries.append(
        Entry(
          eventChunks: Int(entry.event_chunks), timeNanoseconds: entry.time_ns,
          parts: Array(parts[next..<next + Int(entry.parts)])))
      next += Int(entry.parts)
    }
    self.entries = entries
  }

  /// The latest checkpoint with all events before it earlier than a time.
  func last(before nanoseconds: UInt64) -> Entry? {
    entries.last { $0.timeNanoseconds < nanoseconds }
  }
}

/// Names a sequence of event chunks by their checksums.
struct ChunkChain {
  private(set) var count = 0
  private(set) var checksum: UInt32 = 0

  mutating func append(_ chunk: TraceChunk) {
    count += 1
    checksum = withUnsafeBytes(of: chunk.payloadChecksum.littleEndian) {
      mt_crc32c(checksum, $0.baseAddress, $0.count)
    }
  }
}
