import Foundation

@testable import Symbolization

/// Another symbolizer's answers, with raw linkage names, in one shape.
struct Witness {
  struct Frame: Hashable {
    var name: String
    var file: String
    var line: Int
  }

  /// `llvm-symbolizer`, of the Swift toolchain if it has one: it is newer than most systems'.
  static func llvm(_ path: String, _ addresses: [UInt64]) throws -> [[Frame]] {
    let swift = try Fixture.run(["sh", "-c", "realpath \"$(command -v swift)\""])
    let bundled =
      URL(fileURLWithPath: swift.trimmingCharacters(in: .newlines))
      .deletingLastPathComponent().path + "/llvm-symbolizer"
    let tool = FileManager.default.fileExists(atPath: bundled) ? bundled : "llvm-symbolizer"
    return try ask(
      [tool, "--no-demangle", "-a", "-i", "-f", "--obj=\(path)"], addresses)
  }

  /// `addr2line` of binutils.
  static func addr2line(_ path: String, _ addresses: [UInt64]) throws -> [[Frame]] {
    try ask(["addr2line", "-a", "-i", "-f", "-e", path], addresses)
  }

  /// Our own answer in the same shape.
  static func frames(_ frames: [SourceFrame]) -> [Frame] {
    frames.map {
      Frame(
        name: $0.linkageName ?? "??", file: normalized($0.file ?? "??"), line: $0.line ?? 0)
    }
  }

  private static func ask(_ command: [String], _ addresses: [UInt64]) throws -> [[Frame]] {
    let input = addresses.map { "0x" + String($0, radix: 16) + "\n" }.joined()
    var answers: [[Frame]] = []
    var name: String?
    for line in try Fixture.run(command, input: input).split(separator: "\n") {
      if line.hasPrefix("0x"), UInt64(line.dropFirst(2), radix: 16) != nil {
        answers.append([])
        name = nil
      } else if let known = name, !answers.isEmpty {
        answers[answers.count - 1].append(frame(known, String(line)))
        name = nil
      } else {
        name = String(line)
      }
    }
    return answers
  }

  /// `FILE:LINE`, `FILE:LINE:COLUMN`, `FILE:LINE (discriminator N)`, `FILE:?`.
  private static func frame(_ name: String, _ place: String) -> Frame {
    let bare = place.components(separatedBy: " (discriminator").first ?? place
    let parts = bare.components(separatedBy: ":")
    return Frame(
      name: name, file: normalized(parts[0]),
      line: parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
  }

  /// Without `.` and `..`; what is no file (`<compiler-generated>`) has no directory either.
  private static func normalized(_ path: String) -> String {
    if path == "??" { return path }
    let last = path.split(separator: "/").last ?? ""
    return last.hasPrefix("<") ? String(last) : URL(fileURLWithPath: path).standardized.path
  }
}
