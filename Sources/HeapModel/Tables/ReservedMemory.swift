import Glibc

/// A long stretch of addresses whose pages come into being, cleared, when they are first used: what
/// stands in it can grow without ever being moved.
final class ReservedMemory {
  let base: UnsafeMutableRawPointer
  private let bytes: Int

  /// Far more than any machine has.
  private static let mostBytes = 1 << 36
  private static let leastBytes = 1 << 24
  private static let smallPagesBytes = 1 << 21

  /// Reserves addresses; fewer if the process may not have that many, so that others find some, too.
  init() {
    var bytes = Self.mostBytes
    var memory = Self.map(bytes)
    while memory == nil {
      bytes /= 2
      guard bytes >= Self.leastBytes else { fatalError("no memory for the live blocks") }
      memory = Self.map(bytes)
      guard let all = memory else { continue }
      munmap(all, bytes)
      bytes /= 4
      memory = Self.map(bytes)
    }
    guard let memory else { fatalError("no memory for the live blocks") }
    // Large pages spare the address translation, which else costs as much as the cache misses; but a
    // small heap would have the whole of one cleared for a few blocks.
    madvise(memory + Self.smallPagesBytes, bytes - Self.smallPagesBytes, MADV_HUGEPAGE)
    base = memory
    self.bytes = bytes
  }

  private static func map(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let memory = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    return memory == MAP_FAILED ? nil : memory
  }

  deinit { munmap(base, bytes) }

  /// Makes sure that so many bytes from the base on may be used.
  func require(_ count: Int) {
    guard count <= bytes else { fatalError("no memory for the live blocks") }
  }
}
