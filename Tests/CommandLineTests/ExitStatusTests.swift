import Foundation
import Testing

/// What scripts rely on: exit statuses, quiet ends, and no crash on any file.
@Suite struct ExitStatusTests {
  private let program: RecordedProgram

  init() throws { program = try RecordedProgram.recorded() }

  private func file(_ name: String, _ data: Data) throws -> String {
    try data.write(to: program.directory.appending(path: name))
    return name
  }

  @Test(
    "Wrong usage is 2",
    arguments: [
      ["--nonsense"], ["top", "--by", "weight"], ["folded", "--cost"], ["top", "--limit", "-1"],
      ["summary", "a", "b"], ["no-such-file.bin"], ["/"], ["leaks", "no-such-file.bin"],
      ["folded", "no-such-file.bin"], ["info", "no-such-file.bin"], ["events", "no-such-file.bin"],
      ["index", "no-such-file.bin"],
    ]) func usage(arguments: [String]) throws
  {
    let result = try CommandResult.run(Products.analyzer, arguments, in: program.directory)
    #expect(result.status == 2)
    #expect(result.output.isEmpty && !result.errors.isEmpty)
  }

  @Test("A missing trace.bin is explained") func missingDefault() throws {
    let empty = program.directory.appending(path: "empty")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    let result = try CommandResult.run(Products.analyzer, [], in: empty)
    #expect(result.status == 2)
    #expect(result.errors.contains("LD_PRELOAD=libmemtrace.so"))
    try Data().write(to: empty.appending(path: "trace.worker.12.bin"))
    let other = try CommandResult.run(Products.analyzer, [], in: empty)
    #expect(other.errors.contains("memtrace-analyze trace.worker.12.bin"))
  }

  @Test(
    "What is no trace is 65",
    arguments: ["summary", "top", "leaks", "folded", "info", "events", "index"])
  func notATrace(command: String) throws {
    let files = [
      try file("empty.bin", Data()), try file("text.bin", Data("hello, world\n".utf8)),
      try file("zeros.bin", Data(count: 10_000)), "program",
    ]
    for name in files {
      let result = try program.analyze(command, name)
      #expect(result.status == 65, "\(command) \(name): \(result)")
      #expect(result.output.isEmpty && result.errors.contains(name))
    }
  }

  @Test("A truncated trace is an error or a report that says so, never a crash") func truncated()
    throws
  {
    let whole = try Data(contentsOf: program.trace)
    let lengths = [1, 100, 176, 4095, 4096, 4100] + (1..<8).map { whole.count * $0 / 8 }
    for length in lengths where length < whole.count {
      let name = try file("truncated.bin", whole.prefix(length))
      let result = try program.analyze(name)
      #expect(result.status == 65, "\(length) of \(whole.count): \(result)")
    }
  }

  @Test("Flipped bytes never crash the analyzer or change figures silently") func flipped() throws {
    let whole = try Data(contentsOf: program.trace)
    let sound = try program.analyze("--json").json()["totals"] as? [String: Int]
    for index in stride(from: 0, to: whole.count, by: max(1, whole.count / 60)) {
      var bytes = whole
      bytes[index] ^= 0x41
      let result = try program.analyze(try file("flipped.bin", bytes), "--json")
      #expect(result.status == 0 || result.status == 65, "byte \(index): \(result)")
      if result.status == 0 {
        #expect(try result.json()["totals"] as? [String: Int] == sound, "byte \(index)")
      }
    }
  }

  @Test("A reader that leaves early ends the analyzer quietly") func brokenPipe() throws {
    for command in ["folded", "events", "summary"] {
      let result = try program.shell("$ANALYZE \(command) | head -n 1")
      #expect(result.status == 0 && result.errors.isEmpty)
      #expect(result.output.split(separator: "\n").count == 1)
    }
    // Where the signal is ignored, as in many daemons, the write fails instead.
    let ignoring = try program.shell("trap '' PIPE; ($ANALYZE events; echo $? >&2) | head -n 1")
    #expect(ignoring.errors == "0\n")
  }

  @Test("Output that cannot be written is 74") func fullDisk() throws {
    let result = try program.shell("$ANALYZE > /dev/full")
    #expect(result.status == 74)
    #expect(result.errors.contains("No space left on device"))
  }

  @Test("Help and version are 0 and name every command") func help() throws {
    #expect(try program.analyze("--version").output.hasPrefix("memtrace-analyze "))
    let help = try program.analyze("--help")
    #expect(help.status == 0)
    for command in ["summary", "top", "leaks", "folded", "info", "events"] {
      #expect(help.output.contains("  \(command)"))
      let own = try program.analyze(command, "--help")
      #expect(own.status == 0 && own.output.contains("Examples:"))
    }
  }
}
