// Readable names from linkage names. A thin layer over the demanglers of the languages' own
// makers: libiberty's for C++, Rust and D, the Swift runtime's for Swift. CDemangling keeps them
// within bounds. Fortran's and Cython's names have no demangler: `ForeignNames` reads them.

import CDemangling
import Glibc

/// Turns linkage names into the names people write.
enum Demangler {
  /// Longer names are left as they are: demanglers need time and stack for them.
  private static let nameBytesMax = 1 << 16

  /// The readable form of a name; the name itself when it is not mangled, or only looks so.
  static func readable(_ linkageName: String) -> String {
    guard let name = demangle(linkageName) else { return linkageName }
    return CoroutineName.wholeFunction(name) { demangle($0) } ?? name
  }

  /// The schemes of mangling, told apart by how a name begins.
  private enum Scheme {
    case cxx
    /// The older one of Rust is valid C++ mangling with a hash as its last name.
    case olderRust
    case rust
    case swift
    case dlang
    case foreign
  }

  private static func demangle(_ name: String) -> String? {
    switch scheme(of: name) {
    case nil: nil
    case .cxx: text(name, MT_MANGLING_CXX).map { ForeignNames.readableCython($0) ?? $0 }
    case .olderRust: text(name, MT_MANGLING_RUST) ?? text(name, MT_MANGLING_CXX)
    case .rust: text(name, MT_MANGLING_RUST)
    case .swift: text(name, MT_MANGLING_SWIFT)
    case .dlang: text(name, MT_MANGLING_D)
    case .foreign: ForeignNames.readable(name)
    }
  }

  private static func scheme(of name: String) -> Scheme? {
    var name = name
    return name.withUTF8 { bytes in
      guard bytes.count > 2, bytes.count <= nameBytesMax else { return nil }
      let start = (UInt8(ascii: "_"), UInt8(ascii: "$"))
      if bytes[0] == start.1 { return isSwift(bytes[1]) ? .swift : nil }
      guard bytes[0] == start.0 else { return nil }
      switch bytes[1] {
      case UInt8(ascii: "Z"): return hasRustHash(bytes) ? .olderRust : .cxx
      case UInt8(ascii: "R"): return .rust
      case UInt8(ascii: "D"): return .dlang
      case UInt8(ascii: "T"): return bytes[2] == UInt8(ascii: "0") ? .swift : nil
      case start.1: return isSwift(bytes[2]) ? .swift : nil
      case start.0: return ForeignNames.mayRead(bytes) ? .foreign : nil
      default: return nil
      }
    }
  }

  /// What follows the `$` in Swift 5 and later (`$s`, embedded `$e`) and in 4.2 (`$S`); 4.0 has
  /// `_T0`. The runtime on Linux, where no Swift 3 is in use, does not know the older ones.
  private static func isSwift(_ character: UInt8) -> Bool {
    [UInt8(ascii: "s"), UInt8(ascii: "S"), UInt8(ascii: "e")].contains(character)
  }

  /// Whether a part of the name is an `h` and 16 digits.
  private static func hasRustHash(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let start = bytes.baseAddress else { return false }
    var place = 2
    // Few letters of a name are an h: looking for those alone is several times as fast.
    while place < bytes.count,
      let found = memchr(start + place, Int32(UInt8(ascii: "h")), bytes.count - place)
    {
      place = UnsafeRawPointer(found) - UnsafeRawPointer(start)
      if bytes[place - 1] == UInt8(ascii: "7"), bytes[place - 2] == UInt8(ascii: "1") {
        return true
      }
      place += 1
    }
    return false
  }

  /// What the language's demangler says; `nil` if the name is none of its own.
  private static func text(_ name: String, _ mangling: mt_mangling) -> String? {
    var name = name
    let readable = name.withUTF8 { bytes in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { terminated in
        for (place, byte) in bytes.enumerated() { terminated[place] = CChar(bitPattern: byte) }
        terminated[bytes.count] = 0
        return terminated.baseAddress.flatMap { text($0, bytes.count, mangling) }
      }
    }
    return readable == name ? nil : readable
  }

  private static func text(
    _ name: UnsafePointer<CChar>, _ count: Int, _ mangling: mt_mangling
  ) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(MT_READABLE_BYTES_MAX)) { room in
      var readable = mt_readable(text: room.baseAddress, bytes: 0, is_cut: false)
      mt_demangle(mangling, name, count, &readable)
      guard readable.bytes > 0 else { return nil }
      let text = String(decoding: UnsafeRawBufferPointer(room)[..<readable.bytes], as: UTF8.self)
      return readable.is_cut ? text + "…" : text
    }
  }
}
