/// Which bytes around a block its allocator needs for it.
struct BlockFootprint {
  /// The C library keeps a word in front of a block, and rounds to 16 bytes.
  private let isCLibrary: Bool

  /// - Parameter allocator: path of the module that serves malloc.
  init(allocator: String) {
    let name = allocator.split(separator: "/").last ?? ""
    isCLibrary = name.isEmpty || name.hasPrefix("libc.") || name.hasPrefix("libc-")
  }

  /// From the first byte on that is needed to the one behind the last.
  func range(of address: UInt64, sizeBytes: UInt64) -> Range<UInt64> {
    if isCLibrary {
      let header = min(8, address)
      let needed = max(32, (sizeBytes &+ 8 &+ 15) & ~15)
      return address - header..<address - header &+ needed
    }
    return address..<address &+ Self.sizeClass(sizeBytes)
  }

  /// Classes a quarter of a power of two apart, as jemalloc, mimalloc and tcmalloc have them for
  /// larger blocks; 8 bytes apart below 64.
  private static func sizeClass(_ bytes: UInt64) -> UInt64 {
    guard bytes > 64 else { return max(8, (bytes + 7) & ~7) }
    let step = UInt64(1) << UInt64(61 - (bytes - 1).leadingZeroBitCount)
    return (bytes + step - 1) & ~(step - 1)
  }
}
