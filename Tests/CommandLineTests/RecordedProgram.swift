import Foundation

/// A program with known allocations, compiled and recorded once for all tests, in a directory of
/// its own.
struct RecordedProgram {
  let directory: URL
  var trace: URL { directory.appending(path: "trace.bin") }

  /// Why there is no recording. Every test that needs one fails with it.
  struct Failure: Error {
    let what: String
    let result: CommandResult
  }

  /// 1,000 temporary blocks of 16 bytes, three leaks of 100, and one block of a mebibyte that
  /// makes the peak while the leaks live.
  static let source = """
    #include <stdlib.h>
    void *volatile sink;
    __attribute__((noinline)) void temporary(void) {
      for (int i = 0; i < 1000; i++) { sink = malloc(16); free(sink); }
    }
    __attribute__((noinline)) void leak(void) {
      for (int i = 0; i < 3; i++) sink = malloc(100);
    }
    __attribute__((noinline)) void hold(void) {
      void *block = sink = malloc(1 << 20);
      leak();
      free(block);
    }
    int main(void) { temporary(); hold(); return 7; }
    """

  static let allocations = 1004
  static let allocatedBytes = 1000 * 16 + 3 * 100 + 1_048_576
  static let peakBytes = 1_048_576 + 300
  static let temporaryAllocations = 1000

  private static let shared = Result { try RecordedProgram() }

  /// The one recording that all tests read.
  static func recorded() throws -> RecordedProgram { try shared.get() }

  private init() throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "memtrace-recorded-\(ProcessInfo.processInfo.processIdentifier)")
    try? FileManager.default.removeItem(at: directory)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let source = directory.appending(path: "program.c")
    try Data(Self.source.utf8).write(to: source)
    let compiled = try CommandResult.run(
      "/usr/bin/env", ["cc", "-g", "-O1", "-o", "program", "program.c"], in: directory)
    guard compiled.status == 0 else { throw Failure(what: "compiling", result: compiled) }
    let run = try CommandResult.run(
      directory.appending(path: "program").path, in: directory,
      environment: ["LD_PRELOAD": Products.recorder])
    guard run.status == 7, run.errors.isEmpty else {
      throw Failure(what: "recording", result: run)
    }
  }

  /// Runs the analyzer where the trace is.
  func analyze(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> CommandResult {
    try CommandResult.run(Products.analyzer, arguments, in: directory, environment: environment)
  }

  /// Runs a shell command where the trace is; `$ANALYZE` is the analyzer.
  func shell(_ command: String) throws -> CommandResult {
    try CommandResult.run(
      "/bin/sh", ["-c", command], in: directory, environment: ["ANALYZE": Products.analyzer])
  }
}
