// Reads numbers and strings out of a section that nobody has checked. Every access is bounded; the
// first one beyond the end marks the reader as failed, and all later ones give zero. Unsafe memory,
// because the line tables of large programs are read a byte at a time.

import Glibc

struct SectionReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int
  /// Whether something was asked for that is not there.
  private(set) var hasFailed = false

  /// Begins at an offset of a section whose memory outlives the reader.
  init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
    if offset < 0 || offset > bytes.count { fail() }
  }

  /// Number of bytes left.
  var remaining: Int { bytes.count - offset }

  /// Goes on at another place.
  mutating func seek(to target: Int) {
    guard target >= 0, target <= bytes.count else { return fail() }
    offset = target
  }

  /// Passes over bytes.
  mutating func skip(_ count: UInt64) {
    guard count <= UInt64(remaining) else { return fail() }
    offset += Int(count)
  }

  /// Cuts off what lies behind an offset.
  func limited(to end: Int) -> SectionReader {
    guard end >= 0, end <= bytes.count else { return self }
    return SectionReader(UnsafeRawBufferPointer(rebasing: bytes[..<end]), at: offset)
  }

  /// A number of a fixed width, little-endian.
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
    let width = MemoryLayout<Value>.size
    guard remaining >= width else {
      fail()
      return 0
    }
    defer { offset += width }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// A section offset: 4 bytes, or 8 in the 64-bit format.
  mutating func sectionOffset(is64Bit: Bool) -> UInt64 {
    is64Bit ? integer(UInt64.self) : UInt64(integer(UInt32.self))
  }

  /// An address of 4 or 8 bytes.
  mutating func address(bytes count: UInt64) -> UInt64 {
    switch count {
    case 8: return integer(UInt64.self)
    case 4: return UInt64(integer(UInt32.self))
    default:
      fail()
      return 0
    }
  }

  /// An unsigned LEB128 number; bits beyond 64 are dropped.
  @inline(__always)
  mutating func unsignedLEB() -> UInt64 {
    // Most numbers are small.
    let byte = integer(UInt8.self)
    return byte < 0x80 ? UInt64(byte) : longLEB(startingWith: byte)
  }

  private mutating func longLEB(startingWith first: UInt8) -> UInt64 {
    var value = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while true {
      let byte = integer(UInt8.self)
      if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
      shift += 7
      if byte & 0x80 == 0 { return value }
    }
  }

  /// Passes over a LEB128 number of either kind.
  mutating func skipLEB() {
    while integer(UInt8.self) & 0x80 != 0 {}
  }

  /// A signed LEB128 number; bits beyond 64 are dropped.
  mutating func signedLEB() -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = integer(UInt8.self)
      if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
      shift += 7
      guard byte & 0x80 == 0 else { continue }
      if byte & 0x40 != 0 && shift < 64 { value |= ~0 << shift }
      return Int64(bitPattern: value)
    }
  }

  /// Text up to the next NUL, which is passed over; empty when there is none.
  mutating func text() -> UnsafeRawBufferPointer {
    let start = offset
    guard let base = bytes.baseAddress, let end = memchr(base + start, 0, remaining) else {
      fail()
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    let count = UnsafeRawPointer(end) - (base + start)
    offset = start + count + 1
    return UnsafeRawBufferPointer(start: base + start, count: count)
  }

  private mutating func fail() {
    hasFailed = true
    offset = bytes.count
  }
}
