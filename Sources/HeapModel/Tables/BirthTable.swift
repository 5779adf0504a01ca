/// When and how the walked live blocks were allocated, by thread and sequence.
final class BirthTable {
  struct Birth: BitwiseCopyable {
    var timeNanoseconds: UInt64
    var origin: BlockOrigin
  }

  private let births = GroupedTable<Birth>()

  @inline(__always)
  static func key(thread: UInt32, sequence: UInt32) -> UInt64 {
    UInt64(thread) << 32 | UInt64(sequence)
  }

  static func sequence(ofKey key: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: key) }

  /// Enters a birth; one that stands under the same key is replaced.
  @inline(__always)
  func insert(_ key: UInt64, _ birth: Birth) { _ = births.insert(key, birth) }

  /// The birth under a key.
  @inline(__always)
  func find(_ key: UInt64) -> Birth? { births.find(key) }

  /// Takes the birth under a key out.
  @inline(__always)
  func remove(_ key: UInt64) -> Birth? { births.remove(key) }
}
