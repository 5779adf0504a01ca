/// Which bytes around a block its allocator needs for it: the block's size class, and a header if it
/// has one. `Tests/EndToEnd/account` compares them with `malloc_usable_size`.
struct BlockFootprint {
  private enum Classes {
    /// The C library keeps a word in front of a block and rounds to 16 bytes; a large block is a mapping
    /// of its own, with two words in front.
    case cLibrary
    /// Four classes to a doubling, as jemalloc and mimalloc have them.
    case quarters
    /// Eight, as tcmalloc has, about.
    case eighths
  }

  private static let cLibraryMappedBytes: UInt64 = 128 << 10
  private static let tcmallocPageBytes: UInt64 = 8 << 10
  private static let tcmallocLargestClass: UInt64 = 256 << 10

  private let classes: Classes
  private let pageBytes: UInt64

  /// By the path of the module that serves malloc.
  init(allocator: String, pageBytes: UInt64 = 4096) {
    let name = allocator.split(separator: "/").last ?? ""
    classes =
      name.isEmpty || name.hasPrefix("libc.") || name.hasPrefix("libc-")
      ? .cLibrary : name.contains("tcmalloc") ? .eighths : .quarters
    self.pageBytes = pageBytes
  }

  /// From the first byte on that is needed to the one behind the last.
  func range(of address: UInt64, sizeBytes: UInt64) -> Range<UInt64> {
    switch classes {
    case .cLibrary: cLibraryRange(of: address, sizeBytes: sizeBytes)
    case .quarters: address..<address &+ Self.sizeClass(sizeBytes, sixteens: 128, steps: 4)
    case .eighths:
      address..<address
        &+ (sizeBytes > Self.tcmallocLargestClass
          ? Self.rounded(sizeBytes, Self.tcmallocPageBytes)
          : Self.sizeClass(sizeBytes, sixteens: 256, steps: 8))
    }
  }

  private func cLibraryRange(of address: UInt64, sizeBytes: UInt64) -> Range<UInt64> {
    if sizeBytes >= Self.cLibraryMappedBytes, address % pageBytes == 16 {
      return address - 16..<Self.rounded(address &+ sizeBytes, pageBytes)
    }
    let header = min(8, address)
    let needed = max(32, (sizeBytes &+ 8 &+ 15) & ~15)
    return address - header..<address - header &+ needed
  }

  /// Of 8 bytes, multiples of 16 up to `sixteens`, then `steps` to a doubling.
  private static func sizeClass(_ bytes: UInt64, sixteens: UInt64, steps: UInt64) -> UInt64 {
    if bytes <= 8 { return 8 }
    guard bytes > sixteens else { return rounded(bytes, 16) }
    return rounded(bytes, (UInt64(1) << UInt64(63 - (bytes - 1).leadingZeroBitCount)) / steps)
  }

  private static func rounded(_ bytes: UInt64, _ unit: UInt64) -> UInt64 {
    (bytes &+ unit - 1) / unit * unit
  }
}
