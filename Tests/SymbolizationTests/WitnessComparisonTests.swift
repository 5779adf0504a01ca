import Foundation
import Testing

@testable import Symbolization

/// Thousands of addresses of real compilers' output, compared with two other symbolizers.
///
/// Every address must agree in depth, file and line of every frame. The differences let through
/// are listed in `explanation`, each with its reason; any other fails.
@Suite struct WitnessComparisonTests {
  struct Build: CustomTestStringConvertible, Sendable {
    let command: [String]
    let source: String
    let name: String
    var testDescription: String { command.joined(separator: " ") }
  }

  /// Every language at every level, with link-time optimization and without; and the forms that
  /// debug information comes in.
  static let builds: [Build] = {
    var builds: [Build] = []
    func add(_ command: [String], _ source: String, _ name: String) {
      builds.append(Build(command: command, source: source, name: name))
    }
    for level in ["-O0", "-O1", "-O2", "-O3"] {
      for (c, plusPlus, linking) in [
        ("gcc", "g++", ["-flto"]), ("clang", "clang++", ["-flto", "-fuse-ld=lld"]),
      ] {
        for options in [[], linking] {
          add([c, "-g", level] + options, Programs.c, "p.c")
          add([plusPlus, "-g", level] + options, Programs.cxx, "p.cpp")
        }
      }
      for options in [[], ["-C", "lto=fat"]] {
        add(
          ["rustc", "-g", "-C", "opt-level=\(level.dropFirst(2))"] + options, Programs.rust, "p.rs")
      }
    }
    for level in ["-Onone", "-O", "-Osize"] {
      for options in [[], ["-lto=llvm-full", "-use-ld=lld"]] {
        add(["swiftc", "-g", level, "-parse-as-library"] + options, Programs.swift, "p.swift")
      }
    }
    let more: [[String]] = [
      ["g++", "-gdwarf-2", "-gstrict-dwarf", "-O1"],
      ["g++", "-gdwarf-3", "-O2"], ["g++", "-gdwarf-4", "-O2", "-no-pie"],
      ["g++", "-g", "-O2", "-gz=zlib"], ["g++", "-g", "-O2", "-fdebug-types-section"],
      ["g++", "-g", "-gdwarf64", "-O1"],
      ["clang++", "-gdwarf-4", "-O2", "-ffunction-sections", "-Wl,--gc-sections"],
      ["clang++", "-g", "-O2", "-ffunction-sections", "-fuse-ld=lld", "-Wl,--icf=all"],
      ["clang++", "-gline-tables-only", "-O2"], ["clang++", "-gdwarf-4", "-O3"],
    ]
    for command in more { add(command, Programs.cxx, "p.cpp") }
    add(["rustc", "-g", "-O", "-C", "symbol-mangling-version=v0"], Programs.rust, "p.rs")
    return builds
  }()

  @Test(
    "Frames agree with llvm-symbolizer, and with addr2line where it can read", arguments: builds)
  func agree(_ build: Build) throws {
    let directory = try TemporaryDirectory()
    let program = try directory.compile(build.command, source: build.source, name: build.name)
    let image = try Fixture.module(program, loadBase: 0)
    let functions = try Fixture.functions(program, dynamic: false)
    let addresses = Self.sample(functions, count: 1_500)
    try #require(addresses.count > 400)
    let symbolizer = Symbolizer(modules: [image])
    let ours = symbolizer.symbolize(
      addresses.map { CodeAddress(module: image.id, address: $0) })
    let llvm = try Witness.llvm(program, addresses)
    try compare(ours, with: llvm, at: addresses, in: functions)
    if Self.addr2lineReads(build) {
      let binutils = try Witness.addr2line(program, addresses)
      try compare(ours, with: binutils, at: addresses, in: functions)
    }
  }

  /// binutils 2.40 does not read clang's DWARF 5 range lists by index, gets lost in units of types,
  /// and takes 64-bit line headers for damage: there llvm-symbolizer is the only witness.
  private static func addr2lineReads(_ build: Build) -> Bool {
    let command = build.command
    if command[0].hasPrefix("clang") { return command.contains("-gdwarf-4") }
    return !command.contains("-fdebug-types-section") && !command.contains("-gdwarf64")
  }

  private func compare(
    _ ours: [[SourceFrame]], with theirs: [[Witness.Frame]], at addresses: [UInt64],
    in functions: [Fixture.Function]
  ) throws {
    try #require(theirs.count == addresses.count)
    var aliases: [UInt64: Set<String>] = [:]
    for function in functions { aliases[function.start, default: []].insert(function.name) }

    var unexplained: [String] = []
    var withLines = 0
    for (place, address) in addresses.enumerated() {
      let mine = Witness.frames(ours[place])
      if mine.contains(where: { $0.line > 0 }) { withLines += 1 }
      guard mine != theirs[place] else { continue }
      let function = functions.filter { $0.start <= address && address < $0.start + $0.size }
      let names = function.reduce(into: Set<String>()) { $0.formUnion(aliases[$1.start] ?? []) }
      if Self.explanation(mine, theirs[place], names) == nil {
        unexplained.append(
          "0x\(String(address, radix: 16)): \(mine) instead of \(theirs[place])")
      }
    }
    #expect(
      unexplained.isEmpty,
      "\(unexplained.count) of \(addresses.count), first \(unexplained.prefix(3))")
    #expect(withLines * 10 > addresses.count)
  }

  /// Why two answers differ though both are right; `nil` when there is no such reason.
  /// `names` are the symbols of the function that the address is in.
  private static func explanation(
    _ ours: [Witness.Frame], _ theirs: [Witness.Frame], _ names: Set<String>
  ) -> String? {
    guard ours.count == theirs.count else { return nil }
    for (mine, other) in zip(ours, theirs) {
      if mine.line != other.line { return nil }
      if mine.file != other.file {
        // Both tools take the file of a function without debug information from the symbol
        // table's list of sources, which has no directories and no lines.
        let isSourceList = mine.file == "??" && mine.line == 0
        // binutils 2.40 confuses entries 0 and 1 of DWARF 5's file tables, and then names lines
        // that the file does not have; with link-time optimization, of "<artificial>".
        let isImpossible = Self.lineCount(other.file) < other.line
        guard isSourceList || isImpossible else { return nil }
      }
      if mine.name != other.name {
        // The tools replace the name that the debug information gives a function by one of its
        // symbols: another alias, or the compiler's variant of it (foo.cold, foo.part.0).
        let base = other.name.prefix { $0 != "." }
        // binutils names a constructor by its declaration (C4), which no symbol is called.
        let isDeclaration =
          ["C1", "C2", "D0", "D1", "D2"].contains { variant in
            let declared = variant.prefix(1) + "4"
            return other.name.replacing(declared, with: variant) == mine.name
          }
        guard
          names.contains(other.name) || names.contains(mine.name) || base == mine.name
            || isDeclaration
        else { return nil }
      }
    }
    return "names by other aliases, or files without lines"
  }

  /// Number of lines of a file; 0 when there is none.
  private static func lineCount(_ path: String) -> Int {
    guard let data = FileManager.default.contents(atPath: path) else { return 0 }
    return data.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
  }

  /// Addresses within functions, spread evenly, the same in every run.
  private static func sample(_ functions: [Fixture.Function], count: Int) -> [UInt64] {
    let total = functions.reduce(0) { $0 + $1.size }
    let step = max(1, total / UInt64(count))
    var addresses: Set<UInt64> = []
    for function in functions {
      for address in stride(from: function.start, to: function.start + function.size, by: Int(step))
      {
        addresses.insert(address)
      }
    }
    return addresses.sorted()
  }
}
