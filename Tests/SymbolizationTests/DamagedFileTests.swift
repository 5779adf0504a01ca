import Foundation
import Testing

@testable import Symbolization

/// Files that somebody, or a bad disk, has changed: any answer will do, a crash or a hang will not.
@Suite struct DamagedFileTests {
  /// A small generator (xorshift), so that every run damages the same bytes.
  private struct Damage {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(max(1, bound)))
    }
  }

  @Test(
    "Damage anywhere in a file is survived",
    arguments: [["gcc", "-g", "-O2"], ["clang", "-g", "-O2"], ["gcc", "-g", "-gdwarf-2"]])
  func survives(command: [String]) async throws {
    let directory = try TemporaryDirectory()
    let program = try directory.compile(command, source: Programs.c, name: "p.c")
    let addresses = try Fixture.functions(program, dynamic: false)
      .flatMap { [$0.start, $0.start + $0.size / 2] }.map { String($0) }
    await #expect(processExitsWith: .success) {
      [arguments = [directory.path, program] + addresses as [String]] in
      let whole = try Data(contentsOf: URL(fileURLWithPath: arguments[1]))
      let path = arguments[0] + "/damaged"
      let image = try Fixture.module(arguments[1], loadBase: 0)
      let addresses = arguments.dropFirst(2).compactMap { UInt64($0) }
      for seed in 1...150 {
        var damage = Damage(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15)
        var bytes = whole
        for _ in 0..<[1, 4, 16, 64][seed % 4] {
          // Most of it behind the code, where the tables are.
          let start = seed.isMultiple(of: 3) ? 0 : whole.count / 4
          bytes[start + damage.next(below: whole.count - start)] =
            [0, 0x7f, 0x80, 0xff, UInt8(damage.next(below: 256))][damage.next(below: 5)]
        }
        if seed.isMultiple(of: 10) { bytes = bytes.prefix(damage.next(below: bytes.count)) }
        try bytes.write(to: URL(fileURLWithPath: path))
        let module = ModuleImage(
          id: image.id, path: path, loadBase: 0, segments: image.segments, buildID: nil)
        let frames = Symbolizer(modules: [module])
          .symbolize(addresses.map { CodeAddress(module: module.id, address: $0) })
        try #require(frames.allSatisfy { !$0.isEmpty })
      }
    }
  }

  @Test("What was read before a section proves damaged at its end is not believed")
  func damagedAtTheEnd() throws {
    let directory = try TemporaryDirectory()
    // More than is inflated at once, so that the first unit is read before the end.
    let units = ["first", "second", "third", "fourth"]
    for unit in units {
      _ = try directory.compile(
        ["g++", "-g", "-fPIC", "-c"],
        source:
          "#include <regex>\nbool \(unit)(std::regex &r) { return std::regex_match(\"\", r); }\n",
        name: "\(unit).cc")
    }
    let program = directory.path + "/program"
    let objects = units.map { "\(directory.path)/\($0).cc.out" }
    try Fixture.run(["g++", "-shared", "-o", program] + objects)
    try Fixture.run(["objcopy", "--compress-debug-sections=zlib-gabi", program])
    let functions = try Fixture.functions(program, dynamic: false)
      .filter { function in units.contains { function.name.hasPrefix("_Z\($0.count)\($0)") } }
    func frames() throws -> [SourceFrame] {
      let image = try Fixture.module(program, loadBase: 0)
      return Symbolizer(modules: [image], options: SymbolizerOptions(debugDirectories: []))
        .symbolize(functions.map { CodeAddress(module: image.id, address: $0.start) })
        .compactMap(\.last)
    }
    try #require(frames().map(\.line) == [2, 2, 2, 2])
    var bytes = try Data(contentsOf: URL(fileURLWithPath: program))
    let section = try #require(ElfFile(path: program).section(named: ".debug_info"))
    // The checksum.
    bytes[Int(section.header.sh_offset + section.header.sh_size) - 1] ^= 0xff
    try bytes.write(to: URL(fileURLWithPath: program))
    #expect(try frames().map(\.line) == [nil, nil, nil, nil])
    #expect(try frames().allSatisfy(\.isResolved))
  }

  @Test(
    "A compressed section that is not what its header claims is left out",
    arguments: ["zlib-gabi", "zstd"], ["size", "huge", "kind", "content"])
  func compressed(format: String, damage: String) throws {
    // Nothing in zstd's frames, as the tools write them, proves the content.
    guard format == "zlib-gabi" || damage != "content" else { return }
    let directory = try TemporaryDirectory()
    let program = try directory.copy(of: Compiled.program(["g++", "-g", "-O2"]))
    try Fixture.run(["objcopy", "--compress-debug-sections=\(format)", program])
    let function = try #require(Fixture.functions(program, dynamic: false).first)
    func frames() throws -> [SourceFrame] {
      let image = try Fixture.module(program, loadBase: 0)
      return Symbolizer(modules: [image], options: SymbolizerOptions(debugDirectories: []))
        .symbolize([CodeAddress(module: image.id, address: function.start)])[0]
    }
    try #require(frames().last?.line != nil)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: program))
    let section = try #require(ElfFile(path: program).section(named: ".debug_info"))
    try #require(section.header.sh_flags & 0x800 != 0)
    // Elf64_Chdr: kind, reserved, size, alignment.
    let start = Int(section.header.sh_offset)
    switch damage {
    case "size": bytes[start + 8] ^= 1
    case "huge": bytes[start + 15] = 0x10
    case "kind": bytes[start] = 77
    default: bytes[start + Int(section.header.sh_size) / 2] ^= 0xff
    }
    try bytes.write(to: URL(fileURLWithPath: program))
    let frame = try #require(frames().last)
    #expect(frame.isResolved)
    #expect(frame.line == nil)
  }

  @Test("Line programs and their headers are read within their bounds, whatever stands there")
  func lineProgram() {
    for seed in 1...2_000 {
      var damage = Damage(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15)
      // A plausible start, then noise.
      var bytes = (0..<64 + damage.next(below: 200)).map { _ in UInt8(damage.next(below: 256)) }
      let version = UInt8(2 + seed % 4)
      bytes.replaceSubrange(0..<6, with: [UInt8(min(bytes.count - 4, 255)), 0, 0, 0, version, 0])
      if seed.isMultiple(of: 2) { bytes.replaceSubrange(6..<10, with: [20, 0, 0, 0]) }
      bytes.withUnsafeBytes { section in
        let sections = LineProgram.Sections(lines: section, strings: section, lineStrings: section)
        guard let program = LineProgram(sections, at: 0, compilationDirectory: "/c") else { return }
        let found = program.positions(of: [0, 1, 100, 1 << 40, .max], code: [0 ..< .max])
        #expect(found.count == 5)
        for number in [0, 1, 2, UInt64.max] { _ = program.header.path(ofFile: number) }
      }
    }
  }
}
