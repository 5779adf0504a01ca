import Foundation

/// How a program ended and what it wrote.
struct CommandResult {
  /// The exit code; 128 plus the signal's number if a signal ended it.
  let status: Int32
  let output: String
  let errors: String

  /// Runs a program to its end.
  static func run(
    _ path: String, _ arguments: [String] = [], in directory: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> CommandResult {
    let scratch = FileManager.default.temporaryDirectory
      .appending(path: "memtrace-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let output = scratch.appending(path: "output")
    let errors = scratch.appending(path: "errors")
    for file in [output, errors] { try Data().write(to: file) }

    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.environment = ProcessInfo.processInfo.environment
      .filter { !["NO_COLOR", "COLUMNS", "LD_PRELOAD"].contains($0.key) }
      .merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    let signal = process.terminationReason == .uncaughtSignal
    return CommandResult(
      status: process.terminationStatus + (signal ? 128 : 0),
      output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// What was written to standard output, as JSON.
  func json() throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
  }
}
