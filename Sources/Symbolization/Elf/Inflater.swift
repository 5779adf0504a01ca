// Inflates one zlib stream piece by piece (ISA-L's igzip, which is as fast as those that want all
// of a stream at once), so that what stands in front can be read meanwhile.

import CIsal

/// An open zlib stream. Belongs to one task at a time.
final class Inflater {
  private let state: UnsafeMutablePointer<inflate_state>
  /// Input that the library has not got: it counts in 32 bits.
  private var rest: UnsafeRawBufferPointer

  private static let bytesPerCallMax = 1 << 30

  /// Begins a stream; its memory has to stay.
  init(_ packed: UnsafeRawBufferPointer) {
    state = .allocate(capacity: 1)
    rest = packed
    isal_inflate_init(state)
    state.pointee.crc_flag = UInt32(ISAL_ZLIB)
    state.pointee.avail_in = 0
  }

  deinit {
    state.deallocate()
  }

  /// Fills memory with what comes next; false when the stream is damaged or ends before.
  func fill(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    var memory = memory
    while memory.count > 0 {
      let piece = min(memory.count, Self.bytesPerCallMax)
      guard inflate(UnsafeMutableRawBufferPointer(rebasing: memory[..<piece])) == piece else {
        return false
      }
      memory = UnsafeMutableRawBufferPointer(rebasing: memory[piece...])
    }
    return true
  }

  /// Whether nothing comes any more, and the checksum of all that came is right.
  func isAtEnd() -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { inflate($0) == 0 }
      && state.pointee.block_state == ISAL_BLOCK_FINISH
  }

  /// Writes as much as there is and has room, returns how much.
  private func inflate(_ memory: UnsafeMutableRawBufferPointer) -> Int {
    state.pointee.next_out = memory.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_out = UInt32(memory.count)
    while state.pointee.avail_out > 0, state.pointee.block_state != ISAL_BLOCK_FINISH {
      if state.pointee.avail_in == 0 {
        let piece = min(rest.count, Self.bytesPerCallMax)
        let start = rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.next_in = UnsafeMutablePointer(mutating: start)
        state.pointee.avail_in = UInt32(piece)
        rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
      }
      // The library may still have output to give when it has taken all input.
      let room = state.pointee.avail_out
      let status = isal_inflate(state)
      // Anything else is no progress: a stream may want a dictionary, for one.
      guard status == ISAL_DECOMP_OK || status == ISAL_END_INPUT else { return -1 }
      if rest.isEmpty, state.pointee.avail_in == 0, state.pointee.avail_out == room { break }
    }
    return memory.count - Int(state.pointee.avail_out)
  }
}
