/// Which bytes around a block its allocator needs for it: the block's size class, and a header if it
/// has one. `Tests/EndToEnd/account` compares them with `malloc_usable_size`.
struct BlockFootprint {
  private enum Classes {
    /// The C library keeps a word in front of a block and rounds to 16 bytes; a large block is a mapping
    /// of its own, with two words in front.
    case cLibrary
    /// Four classes to a doubling, as jemalloc and mimalloc have them.
    case quarters
    case tcmalloc
  }

  private static let cLibraryMappedBytes: UInt64 = 128 << 10
  private static let tcmallocPageBytes: UInt64 = 8 << 10
  /// Of gperftools' tcmalloc: below, multiples of 16 up to 256 and of 32; above, its pages.
  private static let tcmallocClasses: [UInt64] = [
    512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2560, 2816, 3072,
    3328, 4096, 4608, 5120, 6144, 6656, 8192, 9216, 10240, 12288, 13312, 16384, 20480, 24576, 26624,
  ]

  private let classes: Classes
  private let pageBytes: UInt64

  /// By the path of the module that serves malloc.
  init(allocator: String, pageBytes: UInt64 = 4096) {
    let name = allocator.split(separator: "/").last ?? ""
    classes =
      name.isEmpty || name.hasPrefix("libc.") || name.hasPrefix("libc-")
      ? .cLibrary : name.contains("tcmalloc") ? .tcmalloc : .quarters
    self.pageBytes = pageBytes
  }

  /// From the first byte on that is needed to the one behind the last.
  func range(of address: UInt64, sizeBytes: UInt64) -> Range<UInt64> {
    switch classes {
    case .cLibrary: cLibraryRange(of: address, sizeBytes: sizeBytes)
    case .quarters: address..<address &+ Self.quarters(sizeBytes)
    case .tcmalloc: address..<address &+ Self.tcmalloc(sizeBytes)
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

  private static func quarters(_ bytes: UInt64) -> UInt64 {
    if bytes <= 8 { return 8 }
    guard bytes > 128 else { return rounded(bytes, 16) }
    return rounded(bytes, 1 << UInt64(61 - (bytes - 1).leadingZeroBitCount))
  }

  private static func tcmalloc(_ bytes: UInt64) -> UInt64 {
    if bytes <= 8 { return 8 }
    if bytes <= 256 { return rounded(bytes, 16) }
    if bytes <= 512 { return rounded(bytes, 32) }
    return tcmallocClasses.first { $0 >= bytes } ?? rounded(bytes, tcmallocPageBytes)
  }

  private static func rounded(_ bytes: UInt64, _ unit: UInt64) -> UInt64 {
    (bytes &+ unit - 1) / unit * unit
  }
}
