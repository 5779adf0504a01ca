import Foundation
import Testing

@testable import Symbolization

/// Stubs of the procedure linkage table, with `objdump` as witness of where they are.
@Suite struct StubTests {
  private static let source = """
    int puts(const char *); void *malloc(unsigned long); void free(void *);
    void *(*volatile pointer)(unsigned long) = malloc;
    int main(void) { free(malloc(3)); free(pointer(2)); return puts("x"); }
    """

  @Test(
    "Each kind of stub is named after the function it calls",
    arguments: [
      ["gcc", "-Wl,-z,lazy"], ["gcc", "-fcf-protection", "-Wl,-z,ibtplt"],
      ["gcc", "-Wl,-z,now"], ["gcc", "-no-pie"], ["clang", "-fuse-ld=lld"],
    ])
  func names(command: [String]) throws {
    let directory = try TemporaryDirectory()
    let program = try directory.compile(
      command + ["-O1", "-fno-builtin"], source: Self.source, name: "stubs.c")
    let stubs = try Self.stubs(program)
    try #require(stubs.count >= 3)
    try Fixture.run(["strip", program])
    let image = try Fixture.module(program, loadBase: 0)
    let symbolizer = Symbolizer(modules: [image])
    let frames = symbolizer.symbolize(
      stubs.map { CodeAddress(module: image.id, address: $0.start + 5) })
    #expect(frames.map { $0.map(\.function) } == stubs.map { [$0.name] })
  }

  @Test("What a stub calls is demangled, and what is no stub stays without a name")
  func demangled() throws {
    let directory = try TemporaryDirectory()
    let program = try directory.compile(
      ["g++", "-O0"], source: "int main(int c, char **) { return *new int(c); }", name: "p.cpp")
    let stub = try #require(Self.stubs(program).first { $0.name.hasPrefix("_Znwm") })
    try Fixture.run(["strip", program])
    let image = try Fixture.module(program, loadBase: 0)
    let symbolizer = Symbolizer(modules: [image])
    let header = try #require(ElfFile(path: program).section(".plt"))
    let frames = symbolizer.symbolize(
      [stub.start, header].map { CodeAddress(module: image.id, address: $0) })
    #expect(frames[0].map(\.function) == ["operator new(unsigned long)@plt"])
    #expect(!frames[1][0].isResolved)
  }

  /// Lines such as `0000000000001030 <free@plt>:`.
  private static func stubs(_ program: String) throws -> [(start: UInt64, name: String)] {
    try Fixture.run(["objdump", "-d", program]).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ")
      guard parts.count == 2, parts[1].hasSuffix("@plt>:"), let start = UInt64(parts[0], radix: 16)
      else { return nil }
      return (start, String(parts[1].dropFirst().dropLast(2)))
    }
  }
}

extension ElfFile {
  /// Where a section's code begins.
  fileprivate func section(_ name: String) -> UInt64? {
    section(named: name)?.header.sh_addr
  }
}
