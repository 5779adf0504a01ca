/// 32 neighbouring groups of a `GroupedTable`, 512 keys; its elements are the groups. A region
/// without members is an empty place of the table.
struct RecordRegion: RecordRun, BitwiseCopyable {
  /// The number above, the capacity in the lowest byte.
  private var word: UInt64
  var start: UInt32 = 0
  var members: UInt32 = 0

  static let groupBits: UInt64 = 5
  static let mostMembers = 1 << Int(groupBits)
  private static let keyBits = groupBits + RecordGroup.keyBits
  private static let numberShift: UInt64 = 8

  /// A region without members.
  @inline(__always)
  init(number: UInt64) { word = number << Self.numberShift }

  /// The number of a key's region, of 55 bits.
  @inline(__always)
  static func number(of key: UInt64) -> UInt64 { key >> keyBits }

  /// The bit of a key's group.
  @inline(__always)
  static func bit(_ key: UInt64) -> UInt32 {
    1 << UInt32(truncatingIfNeeded: key >> RecordGroup.keyBits & (1 << groupBits - 1))
  }

  /// Spreads numbers over 64 bits; no two have the same.
  @inline(__always)
  static func hash(_ number: UInt64) -> UInt64 { number &* 0x9e37_79b9_7f4a_7c15 }

  @inline(__always)
  var isEmpty: Bool { members == 0 }

  @inline(__always)
  var number: UInt64 { word >> Self.numberShift }

  @inline(__always)
  var hash: UInt64 { Self.hash(number) }

  @inline(__always)
  var capacity: Int {
    get { Int(truncatingIfNeeded: word & (1 << Self.numberShift - 1)) }
    set {
      word = number << Self.numberShift | UInt64(truncatingIfNeeded: newValue)
    }
  }

  /// Calls `body` with the first key of each group.
  func forEachGroup(_ body: (UInt64) -> Void) {
    var rest = members
    while rest != 0 {
      let group = number << Self.groupBits | UInt64(rest.trailingZeroBitCount)
      body(group << RecordGroup.keyBits)
      rest &= rest - 1
    }
  }
}
