/// Sixteen neighbouring keys of a `GroupedTable`; its elements are their records.
struct RecordGroup: RecordRun, BitwiseCopyable {
  var start: UInt32 = 0
  private var bits: UInt16 = 0
  private var room: UInt16 = 0

  static let keyBits: UInt64 = 4
  static let mostMembers = 1 << Int(keyBits)

  @inline(__always)
  var members: UInt32 {
    get { UInt32(bits) }
    set { bits = UInt16(truncatingIfNeeded: newValue) }
  }

  @inline(__always)
  var capacity: Int {
    get { Int(room) }
    set { room = UInt16(truncatingIfNeeded: newValue) }
  }

  /// The bit of a key.
  @inline(__always)
  static func bit(_ key: UInt64) -> UInt32 {
    1 << UInt32(truncatingIfNeeded: key & (1 << keyBits - 1))
  }
}
