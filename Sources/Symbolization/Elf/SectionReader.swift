// Reads numbers and strings out of a section that nobody has checked. Every access is bounded; the
// first one beyond the end marks the reader as failed, and all later ones give zero. Unsafe memory,
// because the line tables of large programs are read a byte at a time.

import Glibc

struct SectionReader {
  private let start: UnsafeRawPointer
  private let end: UnsafeRawPointer
  private var next: UnsafeRawPointer
  /// Whether something was asked for that is not there.
  private(set) var hasFailed = false

  /// Begins at an offset of a section whose memory outlives the reader.
  init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    // What is empty need not be anywhere; it is never read.
    start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16).unsafelyUnwrapped
    end = start + bytes.count
    next = start
    if offset < 0 || offset > bytes.count { fail() } else { next = start + offset }
  }

  /// Where in the section the reader stands.
  var offset: Int { next - start }

  /// Number of bytes left.
  var remaining: Int { end - next }

  /// Goes on at another place.
  @inline(__always)
  mutating func seek(to target: Int) {
    guard target >= 0, target <= end - start else { return fail() }
    next = start + target
  }

  /// Passes over bytes.
  @inline(__always)
  mutating func skip(_ count: UInt64) {
    guard count <= UInt64(remaining) else { return fail() }
    next += Int(count)
  }

  /// Cuts off what lies behind an offset.
  func limited(to end: Int) -> SectionReader {
    guard end >= 0, end <= self.end - start else { return self }
    return SectionReader(UnsafeRawBufferPointer(start: start, count: end), at: offset)
  }

  /// A number of a fixed width, little-endian.
  @inline(__always)
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
    guard end - next >= MemoryLayout<Value>.size else {
      fail()
      return 0
    }
    defer { next += MemoryLayout<Value>.size }
    return Value(littleEndian: next.loadUnaligned(as: Value.self))
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
    var byte = integer(UInt8.self)
    var value = UInt64(byte & 0x7f)
    var shift: UInt64 = 7
    while byte & 0x80 != 0 {
      byte = integer(UInt8.self)
      if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
      shift += 7
    }
    return value
  }

  /// Passes over a LEB128 number of either kind.
  @inline(__always)
  mutating func skipLEB() {
    while integer(UInt8.self) & 0x80 != 0 {}
  }

  /// A signed LEB128 number; bits beyond 64 are dropped.
  @inline(__always)
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
    guard remaining > 0, let end = memchr(next, 0, remaining) else {
      fail()
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    let text = UnsafeRawBufferPointer(start: next, count: UnsafeRawPointer(end) - next)
    next += text.count + 1
    return text
  }

  /// What stands before the next byte of that value, or before the end; either is passed over.
  mutating func text(endingIn last: UInt8) -> UnsafeRawBufferPointer {
    let end = memchr(next, Int32(last), remaining).map { UnsafeRawPointer($0) } ?? self.end
    let text = UnsafeRawBufferPointer(start: next, count: end - next)
    next = end < self.end ? end + 1 : end
    return text
  }

  // Inline: a call would keep every reader in memory instead of in registers.
  @inline(__always)
  private mutating func fail() {
    hasFailed = true
    next = end
  }
}
