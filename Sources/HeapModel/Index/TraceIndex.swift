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
    /// What ended since the checkpoint before it.
    let ends: [TraceChunk]
    let state: TraceChunk
    let blocks: [TraceChunk]
  }

  /// In the order of time. Only those that belong to the trace's events.
  private let entries: [Entry]
  /// What stands at the end of the trace in place of a checkpoint.
  let end: Entry?

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
      case .checkpoint:
        // Those before an index are its own.
        if index != nil { parts = [] }
        index = nil
        parts.append(chunk)
      case .index: index = chunk
      case .raw: isSound = isSound && index == nil
      case .records, .stacks, .live, .symbols, .codeMap, .other: break
      }
    }
    guard isSound, walker.damage.isEmpty, let index else {
      entries = []
      end = nil
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
      end = nil
      return
    }
    var entries: [Entry] = []
    var end: Entry?
    var rest = parts[...]
    for entry in stored {
      let ends = Int(entry.end_parts)
      guard entry.event_chunks < chains.count, end == nil,
        entry.event_chunks >= entries.last?.eventChunks ?? 0,
        entry.time_ns >= entries.last?.timeNanoseconds ?? 0,
        ends + 1 + Int(entry.block_parts) <= rest.count,
        chains[Int(entry.event_chunks)] == entry.chain_crc
      else { break }
      let state = rest.startIndex + ends
      let next = state + 1 + Int(entry.block_parts)
      let found = Entry(
        eventChunks: Int(entry.event_chunks), timeNanoseconds: entry.time_ns,
        ends: Array(rest[..<state]), state: rest[state], blocks: Array(rest[(state + 1)..<next]))
      rest = rest[next...]
      if entry.is_end == 0 { entries.append(found) } else { end = found }
    }
    self.entries = entries
    self.end = end
  }

  /// The latest checkpoint with all events before it earlier than a time.
  func last(before nanoseconds: UInt64) -> Entry? {
    entries.last { $0.timeNanoseconds < nanoseconds }
  }

  /// The earliest checkpoint with no event behind it earlier than a time, and what ended behind it;
  /// `nil` if the events behind it cannot be passed over.
  func rest(from nanoseconds: UInt64) -> (start: Entry, ends: [TraceChunk], end: Entry)? {
    guard let end, let place = entries.firstIndex(where: { $0.timeNanoseconds >= nanoseconds })
    else { return nil }
    return (entries[place], entries[(place + 1)...].flatMap(\.ends) + end.ends, end)
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
