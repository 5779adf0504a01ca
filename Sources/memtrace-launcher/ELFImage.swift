import Glibc

/// The few facts of an ELF file's headers that decide whether a library can be preloaded into it.
/// Pure: bytes in, facts out. Offsets are those of the 64-bit ELF layout (see elf(5)).
struct ELFImage: Equatable {
  /// The facts are in the first bytes of any real program; more is never looked at.
  static let prefixBytes = 4096

  let machine: UInt16
  let is64Bit: Bool
  let isLittleEndian: Bool
  /// Whether the program names a dynamic loader (PT_INTERP). Static programs name none.
  let hasInterpreter: Bool
  /// Whether the file has all of its program headers.
  let isWhole: Bool

  /// Reads the first ``prefixBytes`` of a file, or all of a shorter one; nil if it is no ELF file.
  init?(prefix: [UInt8]) {
    guard prefix.count >= 20, prefix.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
    let is64Bit = prefix[4] == 2
    let isLittleEndian = prefix[5] == 1
    func number(at offset: Int, bytes: Int) -> UInt64 {
      guard offset >= 0, offset <= prefix.count - bytes else { return 0 }
      let field = prefix[offset..<offset + bytes]
      let ordered = isLittleEndian ? Array(field.reversed()) : Array(field)
      return ordered.reduce(0) { $0 << 8 | UInt64($1) }
    }
    self.is64Bit = is64Bit
    self.isLittleEndian = isLittleEndian
    machine = UInt16(number(at: 18, bytes: 2))

    let tableOffset = is64Bit ? number(at: 32, bytes: 8) : number(at: 28, bytes: 4)
    let entryBytes = number(at: is64Bit ? 54 : 42, bytes: 2)
    let entries = number(at: is64Bit ? 56 : 44, bytes: 2)
    let tableEnd = tableOffset.addingReportingOverflow(entries * entryBytes)
    isWhole =
      prefix.count == Self.prefixBytes
      || entries > 0 && !tableEnd.overflow && tableEnd.partialValue <= UInt64(prefix.count)
    let loaderEntry: UInt64 = 3
    hasInterpreter = (0..<entries).contains { index in
      let offset = tableOffset.addingReportingOverflow(index * entryBytes)
      guard !offset.overflow, offset.partialValue < UInt64(Self.prefixBytes) else { return false }
      return number(at: Int(offset.partialValue), bytes: 4) == loaderEntry
    }
  }

  /// Whether this machine's loader could put this memtrace's library into the program.
  var isForHost: Bool { machine == Self.hostMachine && is64Bit && isLittleEndian }

  /// The machine's common name, or its ELF number.
  var machineName: String {
    switch (machine, is64Bit) {
    case (3, _): "32-bit x86"
    case (62, true): "x86-64"
    case (62, false): "x32"
    case (40, _): "32-bit ARM"
    case (183, _): "AArch64"
    case (243, _): "RISC-V"
    default: "ELF machine \(machine)"
    }
  }

  static var hostName: String {
    #if arch(x86_64)
      "x86-64"
    #elseif arch(arm64)
      "AArch64"
    #endif
  }

  private static var hostMachine: UInt16 {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #endif
  }
}
