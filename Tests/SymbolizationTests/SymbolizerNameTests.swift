import Foundation
import Testing

@testable import Symbolization

/// Names from symbol tables, with the tools' readings of the same files as witness.
@Suite struct SymbolizerNameTests {
  @Test("Every function of the C library's dynamic table is found at its start, middle and end")
  func dynamicTable() throws {
    let path = "/lib/x86_64-linux-gnu/libc.so.6"
    let image = try Fixture.module(path, loadBase: 0x7f00_0000_0000)
    let symbols = try Fixture.functions(path, dynamic: true)
    try #require(symbols.count > 1_000)
    var names: [UInt64: Set<String>] = [:]
    for symbol in symbols { names[symbol.start, default: []].insert(symbol.name) }
    // Of nested functions the inner one is right; leave those out here.
    let sorted = symbols.sorted { $0.start < $1.start }
    let symbolizer = Symbolizer(modules: [image], options: SymbolizerOptions(debugDirectories: []))
    var addresses: [CodeAddress] = []
    var expected: [Set<String>] = []
    for (index, symbol) in sorted.enumerated() {
      let next = sorted[index...].first { $0.start > symbol.start }
      guard next.map({ $0.start >= symbol.start + symbol.size }) ?? true else { continue }
      for offset in [0, symbol.size / 2, symbol.size - 1] {
        addresses.append(
          CodeAddress(module: image.id, address: image.loadBase + symbol.start + offset))
        expected.append(names[symbol.start] ?? [])
      }
    }
    let frames = symbolizer.symbolize(addresses)
    var wrong: [String] = []
    for (frame, names) in zip(frames, expected) {
      if frame.count != 1 || !names.contains(frame[0].linkageName ?? "?") {
        wrong.append("\(frame) instead of \(names)")
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count) of \(frames.count), first \(wrong.first ?? "")")
  }

  @Test("An address between functions gets the module and the offset, not its neighbour's name")
  func gap() throws {
    let image = try Fixture.module("/lib/x86_64-linux-gnu/libc.so.6", loadBase: 0x1_0000)
    let symbolizer = Symbolizer(modules: [image], options: SymbolizerOptions(debugDirectories: []))
    // The ELF header is no code.
    let frames = symbolizer.symbolize([CodeAddress(module: image.id, address: 0x1_0010)])
    #expect(frames[0].map(\.function) == ["libc.so.6+0x10"])
    #expect(!frames[0][0].isResolved)
    let diagnostics = symbolizer.diagnostics
    #expect(diagnostics.unresolved == 1)
    #expect(diagnostics.modules.map(\.reason) == [.stripped])
    #expect(diagnostics.modules[0].remedy?.contains("debug package") == true)
  }

  @Test("An address outside of every module is shown as it is, and counted")
  func outside() {
    let symbolizer = Symbolizer(modules: [])
    let address = CodeAddress(module: nil, address: 0xabc)
    #expect(symbolizer.symbolize([address, address]).map { $0[0].function } == ["0xabc", "0xabc"])
    #expect(symbolizer.diagnostics.outsideModules == 1)
    #expect(symbolizer.diagnostics.addresses == 1)
  }

  @Test("A binary that is not the recorded one is not used, and the report says so")
  func changed() throws {
    let path = "/lib/x86_64-linux-gnu/libc.so.6"
    let image = try Fixture.module(path, loadBase: 0)
    let other = ModuleImage(
      id: image.id, path: path, loadBase: 0, segments: image.segments,
      buildID: BuildID([1, 2, 3, 4]))
    let symbolizer = Symbolizer(modules: [other])
    let frames = symbolizer.symbolize([CodeAddress(module: other.id, address: 0x9_0000)])
    #expect(frames[0].map(\.function) == ["libc.so.6+0x90000"])
    let reasons = symbolizer.diagnostics.modules.map(\.reason)
    let found = try #require(image.buildID)
    #expect(
      reasons == [.changed(expected: "build id 01020304", found: "build id \(found)")])
  }

  @Test("Without a build id, size and modification time decide")
  func changedWithoutBuildID() throws {
    let directory = try TemporaryDirectory()
    let program = try directory.compile(
      ["gcc", "-Wl,--build-id=none"], source: "int main(void) { return 0; }", name: "a.c")
    let image = try Fixture.module(program, loadBase: 0)
    #expect(image.buildID == nil)
    let main = try #require(Fixture.functions(program, dynamic: false).first { $0.name == "main" })
    func reasons(size: UInt64?, time: Int64?) -> [SymbolizationDiagnostics.Reason] {
      let image = ModuleImage(
        id: image.id, path: program, loadBase: 0, segments: image.segments, buildID: nil,
        fileBytes: size, modificationTimeNanoseconds: time)
      let symbolizer = Symbolizer(
        modules: [image], options: SymbolizerOptions(readsLines: false))
      _ = symbolizer.symbolize([CodeAddress(module: image.id, address: main.start)])
      return symbolizer.diagnostics.modules.map(\.reason)
    }
    #expect(reasons(size: image.fileBytes, time: image.modificationTimeNanoseconds) == [])
    #expect(reasons(size: 7, time: image.modificationTimeNanoseconds).count == 1)
    #expect(reasons(size: image.fileBytes, time: 7).count == 1)
  }

  @Test(
    "What is no regular ELF file is refused with a reason, and never waited for",
    arguments: ["directory", "pipe", "text", "empty", "missing", "cut", "device"])
  func unusable(kind: String) throws {
    let directory = try TemporaryDirectory()
    var path = directory.path + "/" + kind
    switch kind {
    case "directory": path = directory.path
    case "pipe": try #require(mkfifo(path, 0o600) == 0)
    case "text": try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: path))
    case "empty": try Data().write(to: URL(fileURLWithPath: path))
    case "cut":
      let whole = try Data(contentsOf: URL(fileURLWithPath: "/usr/bin/env"))
      try whole.prefix(100).write(to: URL(fileURLWithPath: path))
    case "device": path = "/dev/zero"
    default: break
    }
    let image = ModuleImage(
      id: ModuleImage.ID(1), path: path, loadBase: 0, segments: [], buildID: nil)
    let symbolizer = Symbolizer(modules: [image])
    let frames = symbolizer.symbolize([CodeAddress(module: image.id, address: 0x1234)])
    #expect(frames[0].map(\.function) == ["\(image.name)+0x1234"])
    #expect(symbolizer.diagnostics.modules.count == 1)
    if kind == "missing" { #expect(symbolizer.diagnostics.modules[0].reason == .missing) }
  }

  @Test("The kernel's own image is read, if its build id is the recorded one")
  func kernelImage() throws {
    let file = try KernelImage.open()
    let buildID = try #require(file.buildID())
    func name(_ id: BuildID?) -> String {
      let image = ModuleImage(
        id: ModuleImage.ID(1), path: "[vdso]", loadBase: 0x7fff_0000_0000, segments: [],
        buildID: id)
      let files = ModuleFiles(binary: file, debug: nil)
      var names = SymbolTables().names(SymbolTables.count - 1, files)  // the dynamic ones
      let start = (0..<0x10000).first { offset in
        names?.name(at: UInt64(offset))?.linkageName.hasSuffix("clock_gettime") == true
      }
      let symbolizer = Symbolizer(modules: [image])
      let address = image.loadBase + UInt64(start ?? 0)
      return symbolizer.symbolize([CodeAddress(module: image.id, address: address)])[0][0]
        .function
    }
    #expect(name(buildID) == "clock_gettime")
    #expect(name(nil).hasPrefix("[vdso]+0x"))
    #expect(name(BuildID([1, 2])).hasPrefix("[vdso]+0x"))
  }
}
