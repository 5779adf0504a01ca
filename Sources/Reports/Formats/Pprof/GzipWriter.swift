import CIsal

/// Compresses bytes into one gzip member (ISA-L's igzip).
enum GzipWriter {
  private static let pieceBytes = 1 << 16
  /// What the library counts in.
  private static let inputBytesMax = 1 << 30

  /// Hands the compressed bytes to `sink`, piece by piece.
  ///
  /// - Throws: what `sink` throws.
  static func write(
    _ bytes: UnsafeRawBufferPointer, to sink: (ArraySlice<UInt8>) throws -> Void
  ) rethrows {
    let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
    defer { stream.deallocate() }
    // The library's own set-up leaves some of its state as it finds it.
    UnsafeMutableRawPointer(stream).initializeMemory(
      as: UInt8.self, repeating: 0, count: MemoryLayout<isal_zstream>.size)
    isal_deflate_init(stream)
    stream.pointee.gzip_flag = UInt16(IGZIP_GZIP)
    var rest = bytes
    var output = [UInt8](repeating: 0, count: pieceBytes)
    var isDone = false
    while !isDone {
      if stream.pointee.avail_in == 0 {
        let piece = min(rest.count, inputBytesMax)
        let start = rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
        stream.pointee.avail_in = UInt32(piece)
        rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
        stream.pointee.end_of_stream = rest.isEmpty ? 1 : 0
      }
      let written = output.withUnsafeMutableBytes { room in
        stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room.count)
        // Without a flush mode and a level it has no error to tell.
        isal_deflate(stream)
        return room.count - Int(stream.pointee.avail_out)
      }
      try sink(output[..<written])
      isDone =
        rest.isEmpty && stream.pointee.avail_in == 0
        && stream.pointee.internal_state.state == ZSTATE_END
    }
  }
}
