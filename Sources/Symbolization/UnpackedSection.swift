import Glibc

/// Memory of its own for the contents of one section, given back with the object. Written once, by
/// whoever made it, before anybody else sees it.
final class UnpackedSection: @unchecked Sendable {
  let memory: UnsafeMutableRawBufferPointer

  /// Takes address space; what a damaged header claims takes no memory until it is written.
  /// `nil` when there is not that much.
  init?(byteCount: Int) {
    guard byteCount > 0,
      let start = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      start != MAP_FAILED
    else { return nil }
    memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  deinit {
    munmap(memory.baseAddress, memory.count)
  }
}
