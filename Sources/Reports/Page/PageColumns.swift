/// The numbers of a page as columns: each a run of unsigned LEB128, which deflate packs well and a few
/// lines of JavaScript read. A column's place is in the directory that `writeDirectory` makes.
///
/// JavaScript's numbers are exact up to 2^53; no sum of bytes in a trace comes near.
struct PageColumns {
  private struct Column {
    let name: String
    let encoding: Encoding
    let count: Int
    let offset: Int
  }

  private enum Encoding: String {
    /// Values as they are.
    case plain
    /// The difference from the value before, zigzag: 0, -1, 1, -2 …
    case delta
  }

  private var columns: [Column] = []
  private(set) var bytes: [UInt8] = []

  /// Adds a column of values that are not negative.
  mutating func add(_ name: String, _ values: some Sequence<some BinaryInteger>) {
    let offset = bytes.count
    var count = 0
    for value in values {
      append(UInt64(clamping: value))
      count += 1
    }
    columns.append(Column(name: name, encoding: .plain, count: count, offset: offset))
  }

  /// Adds a column whose neighbours are near each other.
  mutating func addDeltas(_ name: String, _ values: some Sequence<some BinaryInteger>) {
    let offset = bytes.count
    var count = 0
    var last: Int64 = 0
    for value in values {
      let value = Int64(clamping: value)
      let difference = value &- last
      append(UInt64(bitPattern: (difference << 1) ^ (difference >> 63)))
      last = value
      count += 1
    }
    columns.append(Column(name: name, encoding: .delta, count: count, offset: offset))
  }

  private mutating func append(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Writes where each column is.
  func writeDirectory<Output>(to json: inout JSONWriter<Output>) {
    json.array("columns") { json in
      for column in columns {
        json.object(compact: true) { json in
          json.member("name", column.name)
          json.member("encoding", column.encoding.rawValue)
          json.member("count", column.count)
          json.member("offset", column.offset)
        }
      }
    }
  }
}
