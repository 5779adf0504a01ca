// The section `.gnu_debuglink`: the name of the separate debug file and a checksum of all of it.

import CElfutils
import Glibc

/// The reference of a stripped binary to its debug file.
struct DebugLink {
  /// A bare file name; one with a directory in it is refused.
  let fileName: String
  private let checksum: UInt32

  /// Reads the reference; `nil` when the binary has none or it is damaged.
  init?(in binary: ElfFile) {
    guard let section = binary.section(named: ".gnu_debuglink"),
      let bytes = binary.bytes(of: section), let nul = bytes.firstIndex(of: 0), nul > 0
    else { return nil }
    let checksumOffset = (nul + 4) & ~3
    let name = String(decoding: bytes[..<nul], as: UTF8.self)
    guard checksumOffset + 4 <= bytes.count, !name.contains("/"), name != "..", name != "." else {
      return nil
    }
    fileName = name
    checksum = bytes.loadUnaligned(fromByteOffset: checksumOffset, as: UInt32.self)
  }

  /// Whether the file at a path has the checksum of the reference. Reads it whole.
  func matches(contentsOf path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var register = ~UInt32(0)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return false }
      if count == 0 { return ~register == checksum }
      for byte in buffer[..<count] {
        register = Self.table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ (register >> 8)
      }
    }
  }

  /// CRC-32 of IEEE 802.3, reflected (polynomial 0xedb88320), as gdb's manual gives it.
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { register, _ in
      register & 1 == 0 ? register >> 1 : (register >> 1) ^ 0xedb8_8320
    }
  }
}
