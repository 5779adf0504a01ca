import Testing

@testable import memtrace_launcher

/// ELF headers are made here byte by byte, from the layout in elf(5).
@Suite struct ELFImageTests {
  private static let hostMachine = ELFImage.hostName == "x86-64" ? 62 : 183

  /// A 64-bit little-endian header and its program headers, of the given types.
  private func header(machine: Int, segments: [Int]) -> [UInt8] {
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 57)
    bytes[18] = UInt8(machine & 0xff)
    bytes[32] = 64
    bytes[54] = 56
    bytes[56] = UInt8(segments.count)
    for type in segments {
      bytes += [UInt8(type), 0, 0, 0] + [UInt8](repeating: 0, count: 52)
    }
    return bytes
  }

  @Test func `a dynamic program of this machine can be traced`() throws {
    let image = try #require(
      ELFImage(prefix: header(machine: Self.hostMachine, segments: [6, 3, 1])))
    #expect(image.isForHost)
    #expect(image.hasInterpreter)
  }

  @Test func `a program without interpreter is static`() throws {
    let image = try #require(ELFImage(prefix: header(machine: Self.hostMachine, segments: [6, 1])))
    #expect(image.isForHost)
    #expect(!image.hasInterpreter)
  }

  @Test func `the machine is named`() throws {
    let image = try #require(ELFImage(prefix: header(machine: 243, segments: [3])))
    #expect(!image.isForHost)
    #expect(image.machineName == "RISC-V")
  }

  @Test func `a 32-bit program of the same machine number is foreign`() throws {
    var bytes = header(machine: Self.hostMachine, segments: [3])
    bytes[4] = 1
    #expect(try #require(ELFImage(prefix: bytes)).isForHost == false)
  }

  @Test func `other files are no ELF images`() {
    #expect(ELFImage(prefix: []) == nil)
    #expect(ELFImage(prefix: Array("#!/bin/sh\necho some shell script\n".utf8)) == nil)
  }

  @Test func `headers cut or lying about their tables are read without harm`() throws {
    let whole = header(machine: Self.hostMachine, segments: [6, 3, 1])
    for length in 0..<whole.count {
      _ = ELFImage(prefix: Array(whole.prefix(length)))
    }
    var lying = whole
    for index in 32..<40 { lying[index] = 0xff }
    lying[56] = 0xff
    lying[57] = 0xff
    #expect(try #require(ELFImage(prefix: lying)).hasInterpreter == false)
  }

  @Test func `a program is found in the search path`() throws {
    let program = try TraceableProgram(name: "sh", searchPath: "/nowhere:/usr/bin:/bin")
    #expect(program.path.hasSuffix("/sh"))
  }
}
