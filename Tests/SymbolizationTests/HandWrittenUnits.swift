import Testing

@testable import Symbolization

/// Programs in assembler whose debug information is written by hand, about functions `first` and
/// `second`: what compilers do not write.
enum HandWrittenUnits {
  /// What an address within each of the two is called, with its inlined callers.
  static func names(_ source: String, isCompressed: Bool = false) throws -> [[String]] {
    let directory = try TemporaryDirectory()
    let program = try directory.compile(["gcc", "-no-pie"], source: source, name: "units.s")
    let symbols = try Fixture.run(["nm", program]).split(separator: "\n")
    let addresses = try ["first", "second"].map { name in
      let line = try #require(symbols.first { $0.hasSuffix(" t \(name)") })
      return try #require(UInt64(line.prefix { $0 != " " }, radix: 16)) + 8
    }
    if isCompressed { try Fixture.run(["objcopy", "--compress-debug-sections=zlib", program]) }
    let image = ModuleImage(
      id: ModuleImage.ID(1), path: program, loadBase: 0, segments: [], buildID: nil)
    return Symbolizer(modules: [image], options: SymbolizerOptions(debugDirectories: []))
      .symbolize(addresses.map { CodeAddress(module: image.id, address: $0) })
      .map { $0.map(\.function) }
  }
}
