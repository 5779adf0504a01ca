import Foundation
import Testing

/// A program that was killed leaves a trace that nobody closed: no damage, and nothing lost.
@Suite struct KilledProgramTests {
  @Test("What a killed program allocated is reported, and that it was killed") func killed() throws
  {
    let program = try RecordedProgram.recorded()
    let directory = program.directory.appending(path: "killed")
    try? FileManager.default.removeItem(at: directory)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let source = """
      #include <signal.h>
      #include <stdlib.h>
      #include <unistd.h>
      void *volatile sink;
      int main(void) {
        for (int i = 0; i < 5000; i++) { sink = malloc(32); if (i % 5) free(sink); }
        kill(getpid(), SIGKILL);
      }
      """
    try Data(source.utf8).write(to: directory.appending(path: "killed.c"))
    let compiled = try CommandResult.run(
      "/usr/bin/env", ["cc", "-o", "killed", "killed.c"], in: directory)
    #expect(compiled.status == 0, "\(compiled.errors)")
    let run = try CommandResult.run(
      directory.appending(path: "killed").path, in: directory,
      environment: ["LD_PRELOAD": Products.recorder])
    #expect(run.status == 128 + 9)

    let summary = try CommandResult.run(Products.analyzer, ["--json"], in: directory)
    #expect(summary.status == 0 && summary.errors.isEmpty)
    let document = try summary.json()
    let totals = try #require(document["totals"] as? [String: Int])
    #expect(totals["allocations"] == 5000)
    #expect(totals["frees"] == 4000)
    #expect(totals["leakedBytes"] == 1000 * 32)
    let notices = try #require(document["notices"] as? [[String: Any]])
    #expect(notices.contains { $0["kind"] as? String == "notClosed" })
    #expect(!notices.contains { $0["kind"] as? String == "damage" })
    let text = try CommandResult.run(Products.analyzer, [], in: directory)
    #expect(text.output.contains("was killed, crashed or left by a raw system call"))
    let index = try CommandResult.run(Products.analyzer, ["index"], in: directory)
    #expect(index.status == 2 && index.errors.contains("was not closed"))
  }
}
