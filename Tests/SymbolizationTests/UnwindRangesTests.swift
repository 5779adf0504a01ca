import Foundation
import Testing

@testable import Symbolization

/// Where functions without a name begin, with the names that stripping takes, and `readelf`'s list of
/// the unwind tables, as witnesses.
@Suite struct UnwindRangesTests {
  private struct Subject {
    let directory: TemporaryDirectory
    let program: String
    let functions: [Fixture.Function]
    /// Whose own addresses the tables have.
    let ranges: [Range<UInt64>]
    let entry: UInt64?

    init(_ command: [String], source: String, name: String) throws {
      directory = try TemporaryDirectory()
      program = try directory.compile(command, source: source, name: name)
      functions = try Fixture.functions(program, dynamic: false)
      entry = functions.first { $0.name == "_start" }?.start
      try Fixture.run(["strip", program])
      // Lines such as `00000018 … FDE cie=0000001c pc=0000000000001050..0000000000001072`.
      ranges = try Fixture.run(["readelf", "--debug-dump=frames", program]).split(separator: "\n")
        .compactMap { line in
          guard let found = line.firstMatch(of: /FDE cie=.* pc=([0-9a-f]+)\.\.([0-9a-f]+)/),
            let start = UInt64(found.1, radix: 16), let end = UInt64(found.2, radix: 16)
          else { return nil }
          return start..<end
        }
    }

    func names(_ addresses: [UInt64]) throws -> [String] {
      let image = try Fixture.module(program, loadBase: 0x5000)
      return Symbolizer(modules: [image], options: SymbolizerOptions(debugDirectories: []))
        .symbolize(addresses.map { CodeAddress(module: image.id, address: $0 + 0x5000) })
        .map { $0.filter { !$0.isCallee }.map(\.function).joined(separator: " ") }
    }

    /// Of a function without a symbol; where the program begins it has a name all the same.
    func name(_ address: UInt64) -> String {
      address == entry
        ? "_start"
        : "\(URL(fileURLWithPath: program).lastPathComponent)+0x\(String(address, radix: 16))"
    }
  }

  @Test(
    "Each address of a stripped program's function is named after its start",
    arguments: [
      ["gcc", "-O2"], ["gcc", "-O0", "-no-pie"], ["clang", "-O2", "-fuse-ld=lld"],
      ["gcc", "-O2", "-Wl,--no-eh-frame-hdr"],
    ])
  func starts(command: [String]) throws {
    try check(Subject(command, source: Programs.c, name: "p.c"), atLeast: 4)
  }

  @Test("Functions with a personality, and those of other languages, have one, too")
  func personalities() throws {
    try check(Subject(["g++", "-O1"], source: Programs.cxx, name: "p.cpp"), atLeast: 20)
    try check(
      Subject(["rustc", "--edition", "2021"], source: Programs.rust, name: "p.rs"), atLeast: 100)
  }

  private func check(_ subject: Subject, atLeast count: Int) throws {
    // What other files may call has kept its name.
    let starts = try Set(subject.ranges.map(\.lowerBound))
      .subtracting(Fixture.functions(subject.program, dynamic: true).map(\.start))
    let functions = subject.functions.filter { starts.contains($0.start) }
    try #require(functions.count >= count)
    for offset in [0, 1, 2] {
      let addresses = functions.map { $0.start + ($0.size - 1) * UInt64(offset) / 2 }
      #expect(try subject.names(addresses) == functions.map { subject.name($0.start) })
    }
    // Between functions there is none.
    let ends = subject.ranges.map(\.upperBound)
      .filter { end in !subject.ranges.contains { $0.contains(end) } }
    #expect(try subject.names(ends) == ends.map(subject.name))
  }

  @Test("Damaged tables end the search, and give no start behind the address")
  func damaged() throws {
    let subject = try Subject(["g++", "-O1"], source: Programs.cxx, name: "p.cpp")
    let section = try #require(ElfFile(path: subject.program).section(named: ".eh_frame"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: subject.program))
    let addresses = subject.functions.map(\.start).sorted()
    let path = subject.directory.path + "/damaged"
    for seed in 1...300 {
      var bytes = whole
      var state = UInt64(seed)
      for _ in 0..<[1, 8, 64][seed % 3] {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let place = Int(section.header.sh_offset + state >> 33 % section.header.sh_size)
        bytes[place] = [0, 0x7f, 0xff, UInt8(truncatingIfNeeded: state >> 24)][seed % 4]
      }
      try bytes.write(to: URL(fileURLWithPath: path))
      let file = try ElfFile(path: path)
      let found = try #require(
        withExtendedLifetime(file) { UnwindRanges(file)?.starts(of: addresses) })
      #expect(
        zip(found, addresses).allSatisfy { start, address in start.map { $0 <= address } ?? true })
    }
  }
}
