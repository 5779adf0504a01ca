import Foundation
import Testing

/// A run of several processes: the summary sends its reader to the one that matters.
@Suite struct RelatedTracesTests {
  @Test("The trace of a child that allocated more is named") func largerChild() throws {
    let program = try RecordedProgram.recorded()
    let directory = program.directory.appending(path: "run")
    try? FileManager.default.removeItem(at: directory)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let environment = ["LD_PRELOAD": Products.recorder]
    _ = try CommandResult.run(
      "/bin/sh", ["-c", "../program; ../program; exit 0"], in: directory, environment: environment)
    let traces = try FileManager.default.contentsOfDirectory(atPath: directory.path)
      .filter { $0.hasPrefix("trace.program.") }
    #expect(traces.count == 2)
    let summary = try CommandResult.run(Products.analyzer, [], in: directory)
    #expect(summary.status == 0)
    #expect(summary.output.contains("Another process of this run allocated more: program"))
    #expect(traces.contains { summary.output.contains($0) })
    // From elsewhere the trace is named so that it can be opened from there.
    let outside = try CommandResult.run(
      Products.analyzer, ["run/trace.bin", "--json"], in: program.directory)
    let others = try #require(try outside.json()["otherProcesses"] as? [[String: Any]])
    #expect(others.count == 2)
    for other in others {
      let path = try #require(other["path"] as? String)
      #expect(FileManager.default.fileExists(atPath: program.directory.appending(path: path).path))
      #expect(other["allocatedBytes"] as? Int == RecordedProgram.allocatedBytes)
    }
    // The child's own report has nothing larger to name.
    let child = try CommandResult.run(Products.analyzer, [traces[0]], in: directory)
    #expect(!child.output.contains("Another process"))
  }
}
