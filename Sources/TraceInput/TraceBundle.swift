import CTraceFormat
import Glibc
import TraceFormat

/// Writes a copy of a trace with more chunks at its end.
///
/// The copy stands at its path whole or not at all: it is written beside it and renamed. Blocks of
/// zeros are left out of the file, as in the trace of a program that was killed.
public struct TraceBundle {
  private static let blockBytes = 64 << 10
  private static let headerBytes = UInt64(MemoryLayout<mt_chunk_header>.size)

  private let file: TraceFile
  /// Where the chunks of the original end.
  private let chunkEnd: UInt64

  /// Finds the end of the trace's chunks.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public init(_ file: TraceFile) throws(TraceError) {
    self.file = file
    var walker = ChunkWalker(file)
    while try walker.next() != nil {}
    chunkEnd = walker.offset
  }

  /// Writes the copy, with the payloads as symbols chunks.
  ///
  /// - Throws: `TraceError` of kind `unreadable` that names the file which failed.
  public func write(symbols payloads: [[UInt8]], to path: String) throws(TraceError) {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let temporary = "\(path[..<slash]).\(path[slash...]).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Self.failure(path) }
    do throws(TraceError) {
      defer { close(descriptor) }
      try write(payloads, to: descriptor, path)
      guard fsync(descriptor) == 0 else { throw Self.failure(path) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let error = Self.failure(path)
      unlink(temporary)
      throw error
    }
  }

  private func write(
    _ payloads: [[UInt8]], to descriptor: Int32, _ path: String
  ) throws(TraceError) {
    let live = copiedRegion
    try copy(file.source, 0..<chunkEnd, to: 0, of: descriptor, path)
    if let store = file.live {
      let end = min(store.range.upperBound, store.source.byteCount)
      let range = min(store.range.lowerBound, end)..<end
      try copy(store.source, range, to: live.lowerBound, of: descriptor, path)
    }
    var end = chunkEnd
    if !live.isEmpty, chunkEnd < live.upperBound {
      guard chunkEnd + Self.headerBytes <= live.lowerBound else {
        throw TraceError(
          kind: .unreadable, file: file.source.name, offset: chunkEnd,
          cause: "no room for a chunk before the live region")
      }
      var skip = mt_chunk_header()
      skip.magic = MT_CHUNK_MAGIC
      skip.type = UInt16(MT_CHUNK_LIVE.rawValue)
      skip.stored_bytes = live.upperBound - chunkEnd - Self.headerBytes
      skip.payload_bytes = skip.stored_bytes
      try Self.write(Self.sealed(skip), at: chunkEnd, to: descriptor, path)
      end = live.upperBound
    }
    for payload in payloads {
      let chunk = ChunkEncoder.encode(MT_CHUNK_SYMBOLS, payload)
      try Self.write(chunk, at: end, to: descriptor, path)
      end += UInt64(chunk.count)
    }
    try Self.write(try header(chunkEnd: end), at: 0, to: descriptor, path)
  }

  /// Where the live region is in the copy; empty if there is none.
  private var copiedRegion: Range<UInt64> {
    guard let store = file.live, !store.fileName.isEmpty else { return file.liveRegion }
    let start = mt_live_region_place(chunkEnd, UInt64(file.header.pageBytes))
    return start..<start + store.source.byteCount
  }

  /// The file header, of the version that has symbols, with another end, and with the live region in
  /// the trace.
  private func header(chunkEnd end: UInt64) throws(TraceError) -> [UInt8] {
    var bytes = try read(at: 0, Int(file.header.headerBytes))
    guard bytes.count >= MemoryLayout<mt_file_header>.size || file.header.versionMajor == 1 else {
      throw TraceError(
        kind: .truncated, file: file.source.name, cause: "the file has become shorter")
    }
    let live = copiedRegion
    let isBeside = file.live.map { !$0.fileName.isEmpty } ?? false
    let size = max(bytes.count, MemoryLayout<mt_file_header>.size)
    bytes += [UInt8](repeating: 0, count: size - bytes.count)
    bytes.withUnsafeMutableBytes { buffer in
      buffer.withMemoryRebound(to: mt_file_header.self) { headers in
        guard let header = headers.baseAddress else { return }
        if header.pointee.version_major == 1 {
          header.pointee.version_minor = max(header.pointee.version_minor, 1)
        }
        if header.pointee.closed != 0 { header.pointee.chunk_end = end }
        if isBeside {
          mt_take_live_region_in(header, live.lowerBound, UInt64(live.count))
        }
        mt_seal_file_header(header)
      }
    }
    let written = file.header.versionMajor == 1 ? Int(MT_V1_FILE_HEADER_BYTES) : bytes.count
    return Array(bytes.prefix(written))
  }

  private func read(at offset: UInt64, _ size: Int) throws(TraceError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    defer { buffer.deallocate() }
    let count = try file.source.read(at: offset, into: buffer)
    return Array(buffer.prefix(count))
  }

  /// Copies bytes of a source to a place of the new file, blocks of zeros as holes.
  private func copy(
    _ source: any TraceSource, _ range: Range<UInt64>, to place: UInt64, of descriptor: Int32,
    _ path: String
  ) throws(TraceError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockBytes, alignment: 8)
    defer { buffer.deallocate() }
    guard ftruncate(descriptor, Int(clamping: place + UInt64(range.count))) == 0 else {
      throw Self.failure(path)
    }
    var offset = range.lowerBound
    while offset < range.upperBound {
      let wanted = min(UInt64(Self.blockBytes), range.upperBound - offset)
      let block = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(wanted)))
      let filled = try source.read(at: offset, into: block)
      guard filled > 0 else {
        throw TraceError(
          kind: .truncated, file: source.name, offset: offset,
          cause: "the file has become shorter")
      }
      let bytes = UnsafeRawBufferPointer(rebasing: block.prefix(filled))
      if bytes.contains(where: { $0 != 0 }) {
        let target = place + (offset - range.lowerBound)
        try Self.write(bytes, at: target, to: descriptor, path)
      }
      offset += UInt64(filled)
    }
  }

  private static func sealed(_ header: mt_chunk_header) -> [UInt8] {
    var header = header
    header.header_crc = withUnsafeBytes(of: header) { mt_crc32c(0, $0.baseAddress, $0.count) }
    return withUnsafeBytes(of: header) { Array($0) }
  }

  private static func write(
    _ bytes: [UInt8], at offset: UInt64, to descriptor: Int32, _ path: String
  ) throws(TraceError) {
    let result: Result<Void, TraceError> = bytes.withUnsafeBytes { buffer in
      do throws(TraceError) {
        return .success(try write(buffer, at: offset, to: descriptor, path))
      } catch { return .failure(error) }
    }
    try result.get()
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, at offset: UInt64, to descriptor: Int32, _ path: String
  ) throws(TraceError) {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, base + done, bytes.count - done, Int(clamping: offset) + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      done += count
    }
  }

  /// What the system last said of the new file.
  private static func failure(_ path: String) -> TraceError {
    TraceError(
      kind: .unreadable, file: path, cause: "cannot write: \(String(cString: strerror(errno)))")
  }
}
