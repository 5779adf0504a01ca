// LZ4 frames (lz4_Frame_format.md and lz4_Block_format.md, version 1.6 of the format): what apt keeps
// its lists in where disk space counts, as in container images. Checksums are passed over: what is
// read here only ends up in a hint, and the lists are found by their names.

/// Unpacks files of LZ4 frames.
enum LZ4Frames {
  private static let magic: UInt32 = 0x184d_2204

  /// The contents of all frames, one after the other; `nil` when they are damaged, more than
  /// `bytesMax`, or need a dictionary.
  static func unpack(_ packed: [UInt8], bytesMax: Int) -> [UInt8]? {
    packed.withUnsafeBytes { packed in
      var reader = SectionReader(packed)
      var output: [UInt8] = []
      while reader.remaining > 0 {
        guard unpackFrame(&reader, packed, into: &output, bytesMax) else { return nil }
      }
      return output
    }
  }

  private static func unpackFrame(
    _ reader: inout SectionReader, _ packed: UnsafeRawBufferPointer, into output: inout [UInt8],
    _ bytesMax: Int
  ) -> Bool {
    guard reader.integer(UInt32.self) == magic else { return false }
    let flags = reader.integer(UInt8.self)
    let blockSize = Int(reader.integer(UInt8.self) >> 4 & 7)
    // Version 1, no dictionary; blocks of 64 KiB to 4 MiB.
    guard flags >> 6 == 1, flags & 1 == 0, (4...7).contains(blockSize) else { return false }
    let blockBytesMax = 1 << (8 + 2 * blockSize)
    if flags & 0x08 != 0 { reader.skip(8) }  // bytes of the contents
    reader.skip(1)  // checksum of the header
    while true {
      let word = reader.integer(UInt32.self)
      if reader.hasFailed { return false }
      if word == 0 { break }
      let block = reader.offset..<reader.offset + Int(word & 0x7fff_ffff)
      reader.skip(UInt64(block.count))
      if flags & 0x10 != 0 { reader.skip(4) }  // checksum of the block
      guard !reader.hasFailed, output.count + blockBytesMax <= bytesMax else { return false }
      let bytes = UnsafeRawBufferPointer(rebasing: packed[block])
      if word >> 31 == 1 {
        output += bytes
      } else if !unpackBlock(bytes, into: &output, blockBytesMax) {
        return false
      }
    }
    if flags & 0x04 != 0 { reader.skip(4) }  // checksum of the contents
    return !reader.hasFailed
  }

  /// A block is a row of literals and matches: a match repeats what stands before it.
  private static func unpackBlock(
    _ block: UnsafeRawBufferPointer, into output: inout [UInt8], _ bytesMax: Int
  ) -> Bool {
    let start = output.count
    output += repeatElement(0, count: bytesMax)
    let end = output.withUnsafeMutableBytes { memory -> Int? in
      var place = start
      var reader = SectionReader(block)

      func length(_ first: UInt8, _ reader: inout SectionReader) -> Int {
        var length = Int(first)
        guard first == 15 else { return length }
        while true {
          let byte = reader.integer(UInt8.self)
          length += Int(byte)
          if byte < 255 { return length }
        }
      }

      while true {
        let token = reader.integer(UInt8.self)
        let literals = length(token >> 4, &reader)
        guard literals <= reader.remaining, literals <= memory.count - place else { return nil }
        memory[place..<place + literals].copyBytes(
          from: block[reader.offset..<reader.offset + literals])
        place += literals
        reader.skip(UInt64(literals))
        // The last row has no match.
        if reader.remaining == 0 { return reader.hasFailed ? nil : place }
        let distance = Int(reader.integer(UInt16.self))
        let match = length(token & 15, &reader) + 4
        guard !reader.hasFailed, distance > 0, distance <= place, match <= memory.count - place
        else { return nil }
        // Forwards byte by byte: a match may run into what it writes.
        for _ in 0..<match {
          memory[place] = memory[place - distance]
          place += 1
        }
      }
    }
    output.removeLast(output.count - (end ?? start))
    return end != nil
  }
}
