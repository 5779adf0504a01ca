import CTraceFormat
import TraceFormat

/// Walks the chunks of a trace in the order of the file, past damage.
///
/// A chunk header that is none is reported, and the walk goes on at the next sound one. Each byte
/// of the file is looked at once, so the time is bounded by the file's length.
public struct ChunkWalker {
  /// What could not be walked so far.
  public private(set) var damage: [TraceDamage] = []
  /// Where the next chunk is looked for.
  public private(set) var offset: UInt64
  private let file: TraceFile
  private let live: Range<UInt64>

  /// Begins with the first chunk, or with the one at `start`, where another walk ended.
  public init(_ file: TraceFile, from start: UInt64 = 0) {
    self.file = file
    offset = max(start, file.header.headerBytes)
    live = file.liveRegion
  }

  /// The next chunk, `nil` at the end of the stream.
  ///
  /// - Throws: `TraceError` of kind `unreadable` only.
  public mutating func next() throws(TraceError) -> TraceChunk? {
    while offset < file.source.byteCount, offset != live.lowerBound || live.isEmpty {
      let header = try read(bytes: Int(TraceChunk.headerBytes), at: offset)
      if header.prefix(4).allSatisfy({ $0 == 0 }) {
        reportEarlyEnd()
        return nil
      }
      guard let chunk = chunk(in: header, at: offset) else {
        let known = damage.count
        guard try resynchronize() else {
          // Of a trace that is being recorded the last chunk may be half written.
          if file.isBeingRecorded { damage.removeSubrange(known...) }
          return nil
        }
        continue
      }
      if chunk.kind == .live {
        offset = chunk.end
        continue
      }
      if file.isUnfinishedIndex(chunk) { return nil }
      guard chunk.payloadOffset + chunk.storedBytes <= file.source.byteCount else {
        guard !file.isBeingRecorded else { return nil }
        report(upTo: file.source.byteCount, "the file ends within a chunk")
        offset = file.source.byteCount
        return nil
      }
      offset = chunk.end
      return chunk
    }
    reportEarlyEnd()
    return nil
  }

  /// The chunk whose header starts the bytes, if it is sound and stands where one can: only a live
  /// chunk reaches into the live region.
  private func chunk(in bytes: some Collection<UInt8>, at offset: UInt64) -> TraceChunk? {
    let header = Array(bytes.prefix(Int(TraceChunk.headerBytes)))
    guard !live.contains(offset),
      let chunk = header.withUnsafeBytes({ TraceChunk(header: $0, offset: offset) })
    else { return nil }
    let isClear =
      live.isEmpty || chunk.kind == .live || chunk.offset >= live.upperBound
      || chunk.end <= live.lowerBound
    return isClear ? chunk : nil
  }

  /// As many of the bytes as the file has.
  private func read(bytes count: Int, at offset: UInt64) throws(TraceError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
    defer { buffer.deallocate() }
    let filled = try file.source.read(at: offset, into: buffer)
    return Array(buffer.prefix(filled))
  }

  /// A closed trace says where its last chunk ends: a stream that ends before lacks something.
  private mutating func reportEarlyEnd() {
    let end = file.header.chunkEnd
    guard file.header.isClosed, offset < end else { return }
    report(upTo: end, "the trace was closed with chunks up to byte \(end)")
    offset = end
  }

  private mutating func report(upTo end: UInt64, _ cause: String) {
    damage.append(
      TraceDamage(offset: offset, skippedBytes: end > offset ? end - offset : 0, cause: cause))
  }

  /// Looks for the next sound chunk header after a damaged one; `false` if there is none.
  private mutating func resynchronize() throws(TraceError) -> Bool {
    let fileEnd = file.source.byteCount
    var position = offset + 8
    let headerBytes = Int(TraceChunk.headerBytes)
    while position < fileEnd {
      // Rings hold arbitrary words: what looks like a chunk there is none.
      if live.contains(position) { position = live.upperBound }
      let block = try read(bytes: 1 << 16, at: position)
      guard block.count >= headerBytes else { break }
      for place in stride(from: 0, through: block.count - headerBytes, by: 8)
      where block[place] == UInt8(MT_CHUNK_MAGIC & 255) {
        let candidate = position + UInt64(place)
        guard chunk(in: block[place...], at: candidate) != nil else { continue }
        report(upTo: candidate, "no sound chunk header")
        offset = candidate
        return true
      }
      // Headers may straddle two blocks: the last 24 bytes are looked at again.
      position += UInt64(((block.count - headerBytes) / 8 + 1) * 8)
    }
    report(upTo: fileEnd, "no sound chunk header from here to the end")
    offset = fileEnd
    return false
  }
}
