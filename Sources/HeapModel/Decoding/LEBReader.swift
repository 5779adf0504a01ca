/// Reads a column of LEB128 numbers. Reading past the end, or a number of more than 64 bits, gives
/// 0 and is remembered: the caller looks once, after the loop.
struct LEBReader {
  private var next: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>
  private(set) var failed = false

  init(_ next: UnsafePointer<UInt8>, count: Int) {
    self.next = next
    end = next + count
  }

  /// Reads a whole payload; `nil` if it is empty.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return nil }
    self.init(base.assumingMemoryBound(to: UInt8.self), count: bytes.count)
  }

  var isAtEnd: Bool { next == end }

  @inline(__always)
  mutating func unsigned() -> UInt64 {
    guard next < end else {
      failed = true
      return 0
    }
    let first = next.pointee
    next += 1
    guard first >= 0x80 else { return UInt64(first) }
    return continued(UInt64(first & 0x7f))
  }

  private mutating func continued(_ low: UInt64) -> UInt64 {
    var value = low
    var shift: UInt64 = 7
    while next < end, shift < 64 {
      let byte = next.pointee
      next += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    failed = true
    return 0
  }

  /// A count of things that take a byte or more each; 0 and a failure if there are not that many.
  mutating func count() -> Int {
    let count = unsigned()
    guard count <= UInt64(end - next) else {
      failed = true
      return 0
    }
    return Int(count)
  }

  /// A text after its length in bytes.
  mutating func text() -> String {
    let bytes = count()
    defer { next += bytes }
    return String(decoding: UnsafeBufferPointer(start: next, count: bytes), as: UTF8.self)
  }

  /// A number stored with its sign in the lowest bit.
  @inline(__always)
  mutating func signed() -> Int64 {
    let value = unsigned()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}
