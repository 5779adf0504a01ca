// Memory for the contents of a compressed section. It is unpacked from its start as far as somebody
// wants to read, by whoever wants it first: while one task unpacks, others read what stands in
// front. The bytes behind `unpack(to:)` are written by nobody any more.

import Glibc
import Synchronization

/// A section that is unpacked bit by bit.
///
/// Sendable because what unpacks it is used in turns, and memory is read behind the turn only.
final class UnpackedSection: @unchecked Sendable {
  /// The whole section; only what `unpack(to:)` was asked for may be read.
  let memory: UnsafeMutableRawBufferPointer

  /// Unpacked at once. Small enough to stay in a processor's cache until it is read.
  private static let pieceBytes = 1 << 18

  private let fill: (UnsafeMutableRawBufferPointer) -> Bool
  private let isAtEnd: () -> Bool
  private let pieceBytes: Int
  private let turn = Mutex(false)
  private let unpackedBytes = Atomic(0)

  /// Takes address space; what a damaged header claims takes no memory until it is written. `fill`
  /// gets one piece of the memory after the other. `nil` when there is not that much.
  init?(
    byteCount: Int, pieceBytes: Int = pieceBytes,
    fill: @escaping (UnsafeMutableRawBufferPointer) -> Bool, isAtEnd: @escaping () -> Bool
  ) {
    guard byteCount > 0,
      let start = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      start != MAP_FAILED
    else { return nil }
    memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    self.fill = fill
    self.isAtEnd = isAtEnd
    self.pieceBytes = pieceBytes
  }

  deinit {
    munmap(memory.baseAddress, memory.count)
  }

  /// Unpacks up to an offset, or at most to the end; false when the section is damaged before it.
  func unpack(to end: Int = .max) -> Bool {
    let end = min(end, memory.count)
    if unpackedBytes.load(ordering: .acquiring) >= end { return true }
    return turn.withLock { isDamaged in
      while !isDamaged {
        let start = unpackedBytes.load(ordering: .relaxed)
        if start >= end { return true }
        let piece = UnsafeMutableRawBufferPointer(
          rebasing: memory[start..<min(start + pieceBytes, memory.count)])
        populate(piece)
        isDamaged = !fill(piece) || (start + piece.count == memory.count && !isAtEnd())
        if !isDamaged { unpackedBytes.store(start + piece.count, ordering: .releasing) }
      }
      return false
    }
  }

  /// `MADV_POPULATE_WRITE`, since Linux 5.14.
  private static let populateForWriting: Int32 = 23

  /// Takes memory for a piece in one go, which costs a fraction of a fault for each page. Where the
  /// system does not know how, it is taken page by page.
  private func populate(_ piece: UnsafeMutableRawBufferPointer) {
    // What is unpacked as a whole may be anything that a damaged header claims.
    guard let start = piece.baseAddress, piece.count <= Self.pieceBytes else { return }
    let pageBytes = 4_096
    let into = Int(bitPattern: start) % pageBytes
    _ = madvise(start - into, piece.count + into, Self.populateForWriting)
  }
}
