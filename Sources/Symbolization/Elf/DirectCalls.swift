// Where call instructions go. A function that ends by jumping to another one has left no frame on the
// stack; the call before its return address still says that it was entered.

import CElfutils

/// The direct calls in one x86-64 binary, whose file must stay open.
struct DirectCalls {
  private struct Code {
    let start: UInt64
    let bytes: UnsafeRawBufferPointer
  }

  private let code: [Code]

  /// `call rel32`: an opcode and a distance from the instruction's end.
  private static let opcode: UInt8 = 0xe8
  private static let bytes: UInt64 = 5

  /// Finds the sections with code; of other machines there are none.
  init(_ file: ElfFile) {
    var header = GElf_Ehdr()
    guard gelf_getehdr(file.handle, &header) != nil, header.e_machine == UInt16(EM_X86_64) else {
      code = []
      return
    }
    code = file.sections().compactMap { section in
      guard section.header.sh_flags & UInt64(SHF_EXECINSTR) != 0,
        !PackedSection.isPacked(section, of: file), let bytes = file.bytes(of: section)
      else { return nil }
      return Code(start: section.header.sh_addr, bytes: bytes)
    }
  }

  /// What the call enters whose last byte is at an address, which is one before the return address.
  func target(ofCallEndingAt address: UInt64) -> UInt64? {
    for code in code where address >= code.start {
      let end = address - code.start + 1
      guard end >= Self.bytes, end <= UInt64(code.bytes.count) else { continue }
      var call = SectionReader(code.bytes, at: Int(end - Self.bytes))
      guard call.integer(UInt8.self) == Self.opcode else { return nil }
      let distance = call.integer(Int32.self)
      return address &+ 1 &+ UInt64(bitPattern: Int64(distance))
    }
    return nil
  }
}
