/// A live block as the table keeps it, in 24 bytes: an address of 44 bits, as the recorder's raw
/// words have it, and a size of less than a mebibyte share a word. See `UnusualBlocks` for the rest.
struct PackedBlock: BitwiseCopyable {
  /// The address in the upper 44 bits, the size below; 0 is an empty place.
  private var word: UInt64
  private var account: UInt32
  private var thread: UInt32
  private var sequence: UInt32
  private var born: UInt32

  private static let sizeBits: UInt64 = 20
  /// What stands for all sizes from here on.
  static let largeSize: Int64 = (1 << 20) - 1
  static let empty = PackedBlock(
    word: 0, account: 0, thread: 0, sequence: 0, born: 0)

  @inline(__always)
  static func canHold(_ address: UInt64) -> Bool { address >> (64 - sizeBits) == 0 }

  /// Spreads addresses, which differ in few bits, over 64; no two have the same.
  ///
  /// Neighbours, a cache line of the program's, stay neighbours: of blocks that are allocated or
  /// released one after the other every second or third finds its place in the cache. Larger
  /// neighbourhoods would crowd the places between.
  @inline(__always)
  static func hash(_ address: UInt64) -> UInt64 {
    (address >> 2 &* 0x9e37_79b9_7f4a_7c15) & ~3 | address & 3
  }

  private init(word: UInt64, account: UInt32, thread: UInt32, sequence: UInt32, born: UInt32) {
    self.word = word
    self.account = account
    self.thread = thread
    self.sequence = sequence
    self.born = born
  }

  /// - Precondition: its address can be held.
  @inline(__always)
  init(_ block: LiveBlock) {
    self.init(
      word: block.address << Self.sizeBits
        | UInt64(bitPattern: min(block.sizeBytes, Self.largeSize)),
      account: block.account, thread: block.thread, sequence: block.sequence, born: block.born)
  }

  @inline(__always)
  var isEmpty: Bool { word == 0 }

  @inline(__always)
  var address: UInt64 { word >> Self.sizeBits }

  @inline(__always)
  var hash: UInt64 { Self.hash(address) }

  /// The block; its size is `largeSize` if it is that or more.
  @inline(__always)
  var block: LiveBlock {
    LiveBlock(
      address: address, sizeBytes: Int64(bitPattern: word) & Self.largeSize, account: account,
      thread: thread, sequence: sequence, born: born)
  }
}
