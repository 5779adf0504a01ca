import Foundation
import FoundationXML
import Reports
import Testing

private let flameGraphTool = "/usr/share/perl5/Devel/NYTProf/flamegraph.pl"

/// Brendan Gregg's own tool as the judge of the folded stacks: it must take every line, and find
/// the totals that the summary shows. Debian has it in libdevel-nytprof-perl.
@Suite(.enabled(if: FileManager.default.isReadableFile(atPath: flameGraphTool)))
struct FlameGraphTests {
  /// The picture that the tool draws, and what it says on standard error.
  private func draw(_ folded: String) throws -> (svg: String, complaints: String) {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "memtrace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let input = directory.appending(path: "folded")
    let errors = directory.appending(path: "errors")
    let svg = directory.appending(path: "svg")
    try Data(folded.utf8).write(to: input)
    for file in [errors, svg] { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/perl")
    process.arguments = [flameGraphTool, "--countname=units", "--minwidth=0", input.path]
    process.standardOutput = try FileHandle(forWritingTo: svg)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return (
      String(decoding: try Data(contentsOf: svg), as: UTF8.self),
      String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    )
  }

  @Test("The tool takes every line and finds the total", arguments: CostKind.ofEveryTrace)
  func totals(kind: CostKind) throws {
    var fixture = ProfileFixture.typical
    for (index, name) in ["a;b", "leaf 12", "x\ny", "  ", "<&>\"'", "日本", "f(int) const"]
      .enumerated()
    {
      fixture.add(
        ["main", name], allocations: 10 + index, bytes: 1000, peak: (1, 10), leaked: (1, 10),
        temporary: 3)
    }
    let folded = try exported(
      fixture.trace, as: FoldedExporter.format, ExportOptions(cost: kind))
    let (svg, complaints) = try draw(folded)
    #expect(!complaints.contains("Ignored"), "\(complaints)")
    // The root's title carries the sum of all samples.
    let total = Quantity.grouped(kind.total(of: fixture.totals))
    #expect(svg.contains("<title>all (\(total) units, 100%)</title>"))
    // Names that a browser would take for markup would break the picture.
    #expect(throws: Never.self) { try XMLDocument(data: Data(svg.utf8)) }
  }
}
