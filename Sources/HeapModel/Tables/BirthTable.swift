/// When and how the walked live blocks were allocated, by thread and sequence.
///
/// A sequence has 32 bits: a thread that makes more blocks has several of one key, told apart by the
/// coarse clock at the start of their batch (`LiveBlock.born`).
final class BirthTable {
  struct Birth: BitwiseCopyable {
    var timeNanoseconds: UInt64
    var origin: BlockOrigin
  }

  private let births = GroupedTable<Birth>()
  /// Births whose key a later block has, too, the earliest first.
  private var older: [UInt64: [Birth]] = [:]

  @inline(__always)
  static func key(thread: UInt32, sequence: UInt32) -> UInt64 {
    UInt64(thread) << 32 | UInt64(sequence)
  }

  static func sequence(ofKey key: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: key) }

  /// Enters a birth.
  @inline(__always)
  func insert(_ key: UInt64, _ birth: Birth) {
    if let earlier = births.insert(key, birth) { older[key, default: []].append(earlier) }
  }

  /// The birth of a block.
  @inline(__always)
  func find(_ block: LiveBlock) -> Birth? {
    let key = Self.key(thread: block.thread, sequence: block.sequence)
    if !older.isEmpty, let place = placeAmongOlder(key, block.born) { return older[key]?[place] }
    return births.find(key)
  }

  /// Takes the birth of a block out.
  @inline(__always)
  func remove(_ block: LiveBlock) -> Birth? {
    let key = Self.key(thread: block.thread, sequence: block.sequence)
    if !older.isEmpty, let place = placeAmongOlder(key, block.born) {
      return removeOlder(key, at: place)
    }
    return births.remove(key)
  }

  /// The first birth that was not before the block's batch began.
  @inline(never)
  private func placeAmongOlder(_ key: UInt64, _ born: UInt32) -> Int? {
    older[key]?.firstIndex { HeapReplay.bornUnits($0.timeNanoseconds) >= born }
  }

  @inline(never)
  private func removeOlder(_ key: UInt64, at place: Int) -> Birth? {
    let birth = older[key]?.remove(at: place)
    if older[key]?.isEmpty == true { older[key] = nil }
    return birth
  }
}
