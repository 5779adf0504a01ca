import Foundation
import Synchronization
import Testing

@testable import Symbolization

/// What the tests share: running tools, describing files as a recorder would.
enum Fixture {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  struct Function {
    let start: UInt64
    let size: UInt64
    let name: String
  }

  /// Runs a tool and returns what it printed; throws when it fails.
  @discardableResult
  static func run(_ arguments: [String], input: String? = nil) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    let directory = try TemporaryDirectory()
    if let input {
      let path = directory.path + "/input"
      try Data(input.utf8).write(to: URL(fileURLWithPath: path))
      process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "\(arguments) ended with \(process.terminationStatus)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// The module as a recorder would describe it, mapped at a load base.
  static func module(_ path: String, loadBase: UInt64, id: UInt32 = 1) throws -> ModuleImage {
    let file = try ElfFile(path: path)
    return ModuleImage(
      id: ModuleImage.ID(id), path: path, loadBase: loadBase,
      segments: file.loadSegments().map {
        ModuleSegment(
          start: loadBase + $0.virtualAddress,
          end: loadBase + $0.virtualAddress + $0.memoryBytes,
          fileOffset: $0.fileOffset, isExecutable: $0.isExecutable)
      }, buildID: file.buildID(), fileBytes: file.fileBytes,
      modificationTimeNanoseconds: file.modificationTimeNanoseconds)
  }

  /// The functions with a size that `nm` reads out of a file.
  static func functions(_ path: String, dynamic: Bool) throws -> [Function] {
    let text = try run(["nm", "--defined-only", "-S"] + (dynamic ? ["-D"] : []) + [path])
    return text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 3)
      guard parts.count == 4, "tTwWi".contains(parts[2]), let start = UInt64(parts[0], radix: 16),
        let size = UInt64(parts[1], radix: 16), size > 0
      else { return nil }
      let name = parts[3].split(separator: "@").first.map(String.init) ?? ""
      return Function(start: start, size: size, name: name)
    }
  }
}

/// A directory that goes when the test ends.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "memtrace-symbols-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Copies a file into the directory, and returns its path.
  func copy(of original: String) throws -> String {
    let path = "\(path)/\(URL(fileURLWithPath: original).lastPathComponent)"
    try FileManager.default.copyItem(atPath: original, toPath: path)
    return path
  }

  /// Writes a source file, compiles it, and returns the path of the result.
  func compile(_ command: [String], source: String, name: String) throws -> String {
    let sourcePath = "\(path)/\(name)"
    try Data(source.utf8).write(to: URL(fileURLWithPath: sourcePath))
    let output = "\(path)/\(name).out"
    try Fixture.run(command + [sourcePath, "-o", output])
    return output
  }
}

/// The C++ program, compiled once for each set of flags however many tests take it apart.
enum Compiled {
  private static let known = Mutex<[[String]: (TemporaryDirectory, String)]>([:])

  static func program(_ command: [String]) throws -> String {
    try known.withLock { known in
      if let (_, path) = known[command] { return path }
      let directory = try TemporaryDirectory()
      let path = try directory.compile(command, source: Programs.cxx, name: "p.cpp")
      known[command] = (directory, path)
      return path
    }
  }
}
