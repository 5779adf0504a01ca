// Readable names from linkage names. A thin layer over the demanglers of the languages' own
// makers: libiberty's for C++, Rust and D, the Swift runtime's for Swift.

import CIberty
import Glibc

/// `swift_demangle` of the Swift runtime (stdlib/public/runtime/Demangle.cpp): returns text from
/// malloc, or NULL when the name is no Swift symbol.
@_silgen_name("swift_demangle")
private func swiftDemangle(
  _ name: UnsafePointer<CChar>, _ nameBytes: Int, _ output: UnsafeMutablePointer<CChar>?,
  _ outputBytes: UnsafeMutablePointer<Int>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?

/// Turns linkage names into the names people write.
enum Demangler {
  /// Longer names are left as they are: demanglers need time and stack for them.
  private static let nameBytesMax = 1 << 16

  /// The readable form of a name; the name itself when it is not mangled, or only looks so.
  static func readable(_ linkageName: String) -> String {
    demangle(linkageName) ?? linkageName
  }

  private static func demangle(_ name: String) -> String? {
    let bytes = name.utf8
    guard bytes.count > 2, bytes.count <= nameBytesMax, let first = bytes.first,
      first == UInt8(ascii: "_") || first == UInt8(ascii: "$")
    else { return nil }
    if isSwift(name) { return swift(name) }
    if name.hasPrefix("_D") { return text(dlang_demangle(name, 0)) }
    guard name.hasPrefix("_Z") || name.hasPrefix("_R") else { return nil }
    // Rust first: the older Rust scheme is valid C++ mangling with a hash as its last name.
    if let rust = text(rust_demangle(name, 0)) { return rust }
    return text(cplus_demangle_v3(name, DMGL_PARAMS | DMGL_ANSI | DMGL_TYPES))
  }

  /// The prefixes of Swift 5 and later (`$s`, embedded `$e`), 4.2 (`$S`) and 4.0 (`_T0`). The
  /// runtime on Linux, where no Swift 3 is in use, does not know the older ones.
  private static func isSwift(_ name: String) -> Bool {
    if name.hasPrefix("_T0") { return true }
    let bare = name.hasPrefix("_$") ? name.dropFirst() : name[...]
    return bare.hasPrefix("$s") || bare.hasPrefix("$S") || bare.hasPrefix("$e")
  }

  private static func swift(_ name: String) -> String? {
    var name = name
    let readable = name.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        characters.baseAddress.flatMap {
          text(swiftDemangle($0, characters.count, nil, nil, 0))
        }
      }
    }
    return readable == name ? nil : readable
  }

  /// Takes over text from malloc.
  private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String? {
    guard let pointer else { return nil }
    defer { free(pointer) }
    let text = String(cString: pointer)
    return text.isEmpty ? nil : text
  }
}
