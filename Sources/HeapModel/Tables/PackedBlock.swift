/// A live block as the table keeps it, in 16 bytes; its address is its place. A size of a mebibyte
/// or more, or the number of a stack or thread that is far off, makes it unusual: the table keeps
/// such a block elsewhere.
struct PackedBlock: BitwiseCopyable {
  /// From below: size, account, thread.
  private let word: UInt64
  private let sequence: UInt32
  private let born: UInt32

  private static let sizeBits: UInt64 = 20
  private static let accountBits: UInt64 = 24
  private static let threadBits: UInt64 = 20
  /// As a size, what stands for an unusual block.
  private static let unusual: UInt64 = 1 << sizeBits - 1

  @inline(__always)
  init(_ block: LiveBlock) {
    let size = UInt64(bitPattern: block.sizeBytes)
    let isUsual =
      size < Self.unusual && UInt64(block.account) >> Self.accountBits == 0
      && UInt64(block.thread) >> Self.threadBits == 0
    word =
      isUsual
      ? size | UInt64(block.account) << Self.sizeBits
        | UInt64(block.thread) << (Self.sizeBits + Self.accountBits)
      : Self.unusual
    sequence = block.sequence
    born = block.born
  }

  @inline(__always)
  var isUnusual: Bool { word & Self.unusual == Self.unusual }

  /// The block, if it is not unusual.
  @inline(__always)
  func block(at address: UInt64) -> LiveBlock {
    LiveBlock(
      address: address, sizeBytes: Int64(bitPattern: word & Self.unusual),
      account: UInt32(truncatingIfNeeded: word >> Self.sizeBits & (1 << Self.accountBits - 1)),
      thread: UInt32(truncatingIfNeeded: word >> (Self.sizeBits + Self.accountBits)),
      sequence: sequence, born: born)
  }
}
