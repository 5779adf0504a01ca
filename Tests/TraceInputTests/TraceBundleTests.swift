import CTraceFormat
import Foundation
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

/// Symbols in a trace: what was put in comes back out, and damage is an error.
@Suite("Symbols that a trace carries") struct TraceBundleTests {
  private static let symbols: RecordedSymbols = {
    var symbols = RecordedSymbols()
    let main = ModuleID(rawValue: 1)
    for number in 0..<100 {
      let inner = RecordedSymbols.Frame(
        function: "inner<std::string>(ü \(number % 7))", linkageName: "_Z5inner", module: main,
        file: "/src/inner.cc", line: number + 1, column: 3, isInlined: true)
      let outer = RecordedSymbols.Frame(
        function: "program+0x\(number)", linkageName: nil, module: nil, file: nil, line: nil,
        column: nil, isInlined: false)
      symbols.addresses.append(
        RecordedSymbols.Address(
          module: number == 0 ? nil : main, address: 0x7fff_0000_0000 + UInt64(number),
          frames: number % 2 == 0 ? [outer] : [inner, outer]))
    }
    let reasons: [RecordedSymbols.Reason] = [
      .missing, .changed(expected: "build 1", found: "build 2"), .unreadable("no ELF file"),
      .stripped, .noLines,
    ]
    for (number, reason) in reasons.enumerated() {
      symbols.modules.append(
        RecordedSymbols.Module(
          module: ModuleID(rawValue: UInt32(number + 1)), reason: reason, lookedUp: 100,
          unresolved: number, remedy: number == 0 ? nil : "install it"))
    }
    symbols.lookedUp = 100
    symbols.unresolved = 7
    symbols.outside = 1
    return symbols
  }()

  private func decode(_ bytes: [UInt8]) throws -> RecordedSymbols {
    try bytes.withUnsafeBytes { try RecordedSymbols.decode($0) }
  }

  @Test("What was looked up is read as it was") func sameAgain() throws {
    let payloads = Self.symbols.encoded()
    #expect(payloads.count == 1)
    #expect(try decode(payloads[0]) == Self.symbols)
  }

  @Test("Many symbols are shared out over chunks, each whole in itself") func severalChunks() throws
  {
    let parts = try Self.symbols.encoded(payloadBytes: 1_000).map(decode)
    #expect(parts.count > 3)
    #expect(parts.flatMap(\.addresses) == Self.symbols.addresses)
    #expect(parts.flatMap(\.modules) == Self.symbols.modules)
    #expect(parts[0].lookedUp == 100 && parts[0].unresolved == 7 && parts[0].outside == 1)
  }

  @Test("Symbols that were cut off anywhere, or name what is not there, are damage")
  func damaged() throws {
    let payload = Self.symbols.encoded()[0]
    for length in stride(from: 0, to: payload.count, by: 13) {
      #expect(throws: TraceError.self) { try decode(Array(payload.prefix(length))) }
    }
    // The first frame's name, its function count, and a reason.
    let modulesOffset = MemoryLayout<mt_symbols_header>.size
    let addressesOffset = modulesOffset + 5 * MemoryLayout<mt_symbol_module>.size
    let framesOffset = addressesOffset + 100 * MemoryLayout<mt_symbol_address>.size
    for offset in [modulesOffset + 4, addressesOffset + 12, framesOffset] {
      var bytes = payload
      bytes.replaceSubrange(offset..<offset + 4, with: [0xfe, 0xff, 0xff, 0x7f])
      #expect(throws: TraceError.self) { try decode(bytes) }
    }
  }

  @Test("A bundle holds the trace and the symbols, and appears whole") func bundle() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var builder = TraceBuilder()
    builder.appendBatch([.allocate(thread: 1, address: 16, size: 8, stack: 0)])
    try Data(builder.closed()).write(to: URL(filePath: directory + "/trace.bin"))
    let trace = try TraceFile(path: directory + "/trace.bin")
    #expect(try TraceSymbols(trace).symbols == nil)

    try TraceBundle(trace).write(
      symbols: Self.symbols.encoded(payloadBytes: 1_000), to: directory + "/bundle.bin")
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    #expect(names.sorted() == ["bundle.bin", "trace.bin"])
    let bundle = try TraceFile(path: directory + "/bundle.bin")
    #expect(try TraceSymbols(bundle).symbols == Self.symbols)
    var original = ChunkWalker(trace)
    var copied = ChunkWalker(bundle)
    while let chunk = try original.next() { #expect(try copied.next() == chunk) }
    #expect(copied.damage.isEmpty)

    #expect(throws: TraceError.self) {
      try TraceBundle(trace).write(symbols: [], to: directory + "/nowhere/bundle.bin")
    }
  }
}
