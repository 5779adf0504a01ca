import Foundation
import Testing

@testable import Symbolization

@Suite struct CodeMapTests {
  private let text = """
    7f0000001000 40 JS:*build /srv/app.js:12:7
    7f0000001040 20 LazyCompile:~ node:internal/fs:3
    0x7f0000002000 0x10 py::handler:/srv/app.py
    7f0000003000 100 Lcom/example/Main;::run
    7f0000003000 80 Lcom/example/Main;::run2
    garbage
    zz 10 name
    7f0000005000 0 empty
    ffffffffffffffff ff overflow
    12345678901234567 1 too long
    7f0000006000 10
    """

  private func frame(_ address: UInt64) -> SourceFrame? {
    CodeMap(Array(text.utf8)).frame(at: address)
  }

  @Test("Each runtime's names give function, file and line")
  func names() {
    #expect(frame(0x7f00_0000_1000)?.function == "build")
    #expect(frame(0x7f00_0000_103f)?.file == "/srv/app.js")
    #expect(frame(0x7f00_0000_103f)?.line == 12)
    #expect(frame(0x7f00_0000_103f)?.column == 7)
    #expect(frame(0x7f00_0000_1040)?.function == "(anonymous)")
    #expect(frame(0x7f00_0000_1040)?.file == "node:internal/fs")
    #expect(frame(0x7f00_0000_1040)?.line == 3)
    #expect(frame(0x7f00_0000_2008)?.function == "handler")
    #expect(frame(0x7f00_0000_2008)?.file == "/srv/app.py")
  }

  @Test("Of two functions at one place the newer one counts")
  func replaced() {
    #expect(frame(0x7f00_0000_3000)?.function == "Lcom/example/Main;::run2")
  }

  @Test("Between functions, and on lines that are none, there is nothing")
  func gaps() {
    for address: UInt64 in [0, 0x7f00_0000_0fff, 0x7f00_0000_2010, 0x7f00_0000_5000, .max] {
      #expect(frame(address) == nil)
    }
  }

  @Test("Addresses outside of every module are looked up in the map, others are not")
  func symbolizer() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/perf-1.map"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let symbolizer = Symbolizer(
      modules: [], options: SymbolizerOptions(codeMaps: [nil: CodeMapFile.text(at: path) ?? []]))
    let frames = symbolizer.symbolize([
      CodeAddress(module: nil, address: 0x7f00_0000_1001),
      CodeAddress(module: ModuleImage.ID(3), address: 0x7f00_0000_1001),
    ])
    #expect(frames[0][0].function == "build")
    #expect(!frames[1][0].isResolved)
    #expect(symbolizer.diagnostics.unresolved == 1)
  }
}
