/// When and how the walked live blocks were allocated, by thread and sequence: 24 bytes an entry,
/// open addressing, deletion by shifting back. A hot file: see `ScratchBuffer` for its pointers.
///
/// Invariant: no empty place between an entry's home and its place; at most 3/4 full.
final class BirthTable {
  struct Birth: BitwiseCopyable {
    var timeNanoseconds: UInt64
    var origin: BlockOrigin
  }

  private struct Entry: BitwiseCopyable {
    /// Plus one, so that 0 is empty.
    var key: UInt64
    var birth: Birth
  }

  private var entries: UnsafeMutablePointer<Entry>
  private var mask: Int
  private var shift: UInt64
  private var count = 0

  private static let empty = Entry(
    key: 0,
    birth: Birth(timeNanoseconds: 0, origin: BlockOrigin(kind: 0, replacedBytes: 0)))

  init() {
    mask = (1 << 10) - 1
    shift = 64 - 10
    entries = Self.allocate(mask + 1)
  }

  deinit { entries.deallocate() }

  @inline(__always)
  static func key(thread: UInt32, sequence: UInt32) -> UInt64 {
    (UInt64(thread) << 32 | UInt64(sequence)) &+ 1
  }

  static func sequence(ofKey key: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: key &- 1) }

  /// Enters a birth; one that stands under the same key is replaced.
  @inline(__always)
  func insert(_ key: UInt64, _ birth: Birth) {
    if count * 4 >= (mask + 1) * 3 { grow() }
    var place = home(key)
    while entries[place].key != 0, entries[place].key != key { place = (place + 1) & mask }
    if entries[place].key == 0 { count += 1 }
    entries[place] = Entry(key: key, birth: birth)
  }

  /// The birth under a key.
  func find(_ key: UInt64) -> Birth? {
    var place = home(key)
    while entries[place].key != 0 {
      if entries[place].key == key { return entries[place].birth }
      place = (place + 1) & mask
    }
    return nil
  }

  /// Takes the birth under a key out.
  @inline(__always)
  func remove(_ key: UInt64) -> Birth? {
    var place = home(key)
    while entries[place].key != key {
      if entries[place].key == 0 { return nil }
      place = (place + 1) & mask
    }
    let birth = entries[place].birth
    close(place)
    return birth
  }

  /// Fills the gap at a place with entries that would otherwise be cut off from their homes.
  private func close(_ start: Int) {
    var gap = start
    var place = start
    while true {
      place = (place + 1) & mask
      let candidate = entries[place]
      if candidate.key == 0 { break }
      if (place - home(candidate.key)) & mask >= (place - gap) & mask {
        entries[gap] = candidate
        gap = place
      }
    }
    entries[gap] = Self.empty
    count -= 1
  }

  @inline(__always)
  private func home(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> shift)
  }

  @inline(never)
  private func grow() {
    let old = entries
    let oldCount = mask + 1
    mask = oldCount * 2 - 1
    shift -= 1
    entries = Self.allocate(mask + 1)
    for index in 0..<oldCount where old[index].key != 0 {
      var place = home(old[index].key)
      while entries[place].key != 0 { place = (place + 1) & mask }
      entries[place] = old[index]
    }
    old.deallocate()
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Entry> {
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: count)
    entries.initialize(repeating: empty, count: count)
    return entries
  }
}
