import Aggregation
import ArgumentParser
import Reports

/// `memtrace-analyze index [TRACE]`
struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Adds checkpoints to a long trace, so that windows of it are read quickly.",
    discussion: """
      With an index, a report with --from, --to or --at reads only the part of the trace around \
      its window. What it says is the same. The index is written to the end of the trace file, \
      which has to be closed and sound; nothing else in it changes.

      Examples:
        memtrace-analyze index app.trace
        memtrace-analyze top app.trace --from 40% --to 45%
      """)

  @OptionGroup var input: TraceArgument

  @Flag(name: .customLong("json"), help: "Write JSON (see docs/JSON.md).")
  var writesJSON = false

  func run() throws {
    let path = try input.single(for: "index")
    let progress = ProgressLine("indexing \(path)")
    let outcome: TraceIndexing.Outcome
    do {
      defer { progress.clear() }
      outcome = try TraceIndexing.addIndex(toTraceAt: path) { progress.show($0) }
    } catch {
      throw CommandFailure(error)
    }
    guard !writesJSON else { return try writeJSON(outcome, path) }
    let output = StandardOutput()
    output.write(SafeText.sanitized(path) + ": " + Self.text(outcome) + "\n")
    try output.finish()
  }

  private func writeJSON(_ outcome: TraceIndexing.Outcome, _ path: String) throws {
    var writer = JSONWriter(StandardOutput())
    writer.document("memtrace-index", analyzerVersion: Version.number) { json in
      json.object("trace", compact: true) { $0.member("path", path) }
      switch outcome {
      case .added(let checkpoints, let bytes):
        json.member("outcome", "added")
        json.member("checkpoints", checkpoints)
        json.member("addedBytes", bytes)
      case .present: json.member("outcome", "present")
      case .needless: json.member("outcome", "needless")
      }
    }
    try writer.output.finish()
  }

  private static func text(_ outcome: TraceIndexing.Outcome) -> String {
    switch outcome {
    case .added(let checkpoints, let bytes):
      "\(Quantity.counted(checkpoints, "checkpoint")) added, \(Quantity.bytes(bytes))"
    case .present: "has an index already"
    case .needless: "too short to need an index"
    }
  }
}
