// The stubs through which a module calls functions of others (the procedure linkage table). No
// symbol names them; each jumps through a slot of the global offset table, and the relocation of
// that slot names the function (System V ABI for x86-64, section 5.2). They are called `malloc@plt`,
// as binutils does.

import CElfutils

/// The stubs of one x86-64 binary.
struct StubTable: Sendable {
  private struct Stub {
    let addresses: Range<UInt64>
    let function: String
  }

  /// What the relocations say about slots, and about the stubs' numbers.
  private struct Relocations {
    var bySlot: [UInt64: String] = [:]
    /// Those of `.rela.plt`, in order: what a lazy stub's number counts.
    var lazy: [String] = []
  }

  /// By address.
  private let stubs: [Stub]

  /// Knows no stub.
  init() {
    stubs = []
  }

  /// Reads the stubs of a binary.
  init(_ file: ElfFile) {
    var header = GElf_Ehdr()
    guard gelf_getehdr(file.handle, &header) != nil, header.e_machine == UInt16(EM_X86_64) else {
      stubs = []
      return
    }
    let sections = file.sections()
    let relocations = Self.relocations(of: file, sections)
    var stubs: [Stub] = []
    for section in sections {
      let name = file.name(of: section)
      guard [".plt", ".plt.sec", ".plt.got"].contains(name),
        let code = file.bytes(of: section)
      else { continue }
      // Linkers that leave the size out make them of 16 bytes.
      let size = section.header.sh_entsize == 8 ? 8 : 16
      for offset in stride(from: 0, through: code.count - size, by: size) {
        let start = section.header.sh_addr &+ UInt64(offset)
        let stub = SectionReader(
          UnsafeRawBufferPointer(rebasing: code[offset..<offset + size]))
        guard start <= UInt64.max - UInt64(size),
          let function = Self.function(stub, at: start, relocations)
        else { continue }
        stubs.append(Stub(addresses: start..<start + UInt64(size), function: function))
      }
    }
    self.stubs = stubs.sorted { $0.addresses.lowerBound < $1.addresses.lowerBound }
  }

  /// The name of the function that the stub at an address calls, and `@plt`. O(log n).
  func name(at address: UInt64) -> FunctionName? {
    guard let index = stubs.lastIndex(notAbove: address, by: \.addresses.lowerBound),
      stubs[index].addresses.contains(address)
    else { return nil }
    let function = stubs[index].function
    return FunctionName(
      linkageName: "\(function)@plt", readable: "\(Demangler.readable(function))@plt")
  }

  /// `[endbr64] [bnd] jmp *SLOT(%rip)`, or `endbr64; push $NUMBER` where the jump stands in
  /// `.plt.sec`.
  private static func function(
    _ code: SectionReader, at start: UInt64, _ relocations: Relocations
  ) -> String? {
    var code = code
    var opcode = code.integer(UInt8.self)
    if opcode == 0xf3 {  // endbr64
      code.skip(3)
      opcode = code.integer(UInt8.self)
    }
    if opcode == 0x68 {
      let number = code.integer(UInt32.self)
      guard !code.hasFailed, number < UInt32(relocations.lazy.count) else { return nil }
      let name = relocations.lazy[Int(number)]
      return name.isEmpty ? nil : name
    }
    if opcode == 0xf2 { opcode = code.integer(UInt8.self) }  // bnd
    guard opcode == 0xff, code.integer(UInt8.self) == 0x25 else { return nil }
    let distance = code.integer(Int32.self)
    guard !code.hasFailed else { return nil }
    let next = start &+ UInt64(code.offset)
    return relocations.bySlot[next &+ UInt64(bitPattern: Int64(distance))]
  }

  private static func relocations(
    of file: ElfFile, _ sections: [ElfFile.Section]
  ) -> Relocations {
    var relocations = Relocations()
    let stride = MemoryLayout<Elf64_Rela>.stride
    for section in sections where section.header.sh_type == UInt32(SHT_RELA) {
      guard section.header.sh_entsize == UInt64(stride), let bytes = file.bytes(of: section),
        let symbols = sections.first(where: { $0.index == Int(section.header.sh_link) }),
        let table = file.bytes(of: symbols)
      else { continue }
      let isLazy = file.name(of: section) == ".rela.plt"
      for offset in Swift.stride(from: 0, through: bytes.count - stride, by: stride) {
        let relocation = bytes.loadUnaligned(fromByteOffset: offset, as: Elf64_Rela.self)
        let name = name(Int(relocation.r_info >> 32), in: table, of: file, symbols)
        if isLazy { relocations.lazy.append(name ?? "") }
        if let name { relocations.bySlot[relocation.r_offset] = name }
      }
    }
    return relocations
  }

  private static func name(
    _ number: Int, in table: UnsafeRawBufferPointer, of file: ElfFile, _ section: ElfFile.Section
  ) -> String? {
    let stride = MemoryLayout<Elf64_Sym>.stride
    guard number > 0, number < table.count / stride else { return nil }
    let symbol = table.loadUnaligned(fromByteOffset: number * stride, as: Elf64_Sym.self)
    guard symbol.st_name != 0,
      let text = elf_strptr(file.handle, Int(section.header.sh_link), Int(symbol.st_name))
    else { return nil }
    let name = String(cString: text)
    return name.isEmpty ? nil : name
  }
}
