/// Numbers distinct 64-bit keys from 0 in the order of their first appearance.
///
/// A dictionary costs several times the memory and the time of this table: open addressing, linear
/// probing, eight bytes a slot, and no key is ever taken out. Each slot holds part of its key's
/// hash, so that a key is looked at only if it is almost certainly the one.
package struct KeyNumbering {
  /// By number.
  package private(set) var keys: [UInt64] = []
  /// The key's number plus one in the lower half, part of its hash in the upper; 0 is empty.
  private var slots: [UInt64]
  /// Of a hash: what is left are the bits of its home.
  private var shift: UInt64

  /// - Parameter capacity: keys that fit before the table grows.
  package init(capacity: Int = 0) {
    var bits: UInt64 = 8
    while (1 << bits) * 3 / 4 < capacity { bits += 1 }
    slots = Array(repeating: 0, count: 1 << bits)
    shift = 64 - bits
    keys.reserveCapacity(capacity)
  }

  /// The number of distinct keys.
  package var count: Int { keys.count }

  /// The key's number, a new one if it is new. Amortized O(1).
  package mutating func number(of key: UInt64) -> UInt32 {
    if keys.count >= slots.count / 4 * 3 { grow() }
    let hash = Self.hash(key)
    let tag = hash << 32
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: hash >> shift)
    while true {
      let slot = slots[place]
      if slot == 0 { break }
      if slot & ~UInt64(UInt32.max) == tag {
        let number = UInt32(truncatingIfNeeded: slot) - 1
        if keys[Int(number)] == key { return number }
      }
      place = (place + 1) & mask
    }
    slots[place] = tag | UInt64(keys.count + 1)
    keys.append(key)
    return UInt32(keys.count - 1)
  }

  private mutating func grow() {
    shift -= 1
    let mask = slots.count * 2 - 1
    var larger = [UInt64](repeating: 0, count: mask + 1)
    for (number, key) in keys.enumerated() {
      let hash = Self.hash(key)
      var place = Int(truncatingIfNeeded: hash >> shift)
      while larger[place] != 0 { place = (place + 1) & mask }
      larger[place] =
        hash << 32 | UInt64(number + 1)
    }
    slots = larger
  }

  /// Spreads keys that differ in a few bits of either half over all bits.
  private static func hash(_ key: UInt64) -> UInt64 {
    let product = (key ^ key >> 32) &* 0x9e37_79b9_7f4a_7c15
    return product ^ product >> 32
  }
}
