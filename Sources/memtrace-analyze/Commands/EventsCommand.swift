import Aggregation
import Analysis
import ArgumentParser
import Reports
import Symbolization
import TraceFormat

/// `memtrace-analyze events [TRACE]`
struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Every allocation and free, in order.",
    discussion: """
      A thread's order is exact; the order between threads, and the times, are as exact as info \
      says. \
      A realloc is a free followed by move or resize. \
      Addresses of blocks that lived only briefly are not in the trace. A filter leaves out \
      events outside its window, by other threads, and of other blocks.

      Examples:
        memtrace-analyze events | less
        memtrace-analyze events app.trace --limit 100 --thread 2
        memtrace-analyze events --json | jq '.events[] | select(.sizeBytes > 1000000)'
      """)

  @OptionGroup var input: TraceArgument

  @Option(help: ArgumentHelp("Stop after so many events.", valueName: "count"))
  var limit: Int?

  @Flag(name: .customLong("json"), help: "Write JSON (see docs/JSON.md).")
  var writesJSON = false

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup(title: "Stacks") var stacks: StackOptions
  @OptionGroup(title: "Text") var text: TextOptions

  func validate() throws {
    if let limit { try LimitValidation.check(limit) }
    if filter.filter.choice != .allocated {
      throw ValidationError("Events have one moment each: use --from and --to, not --at or --show.")
    }
  }

  func run() throws {
    let path = try input.single(for: "events")
    let question = try RunQuestion(filter)
    let presentation = try stacks.presentation()
    let opened: OpenedTrace
    do throws(AnalysisError) {
      let observer = AnalysisObserver.onStandardError
      opened = try RunAnalysis(RunTraces([path], observer), presentation, observer).open(question)
    } catch {
      throw CommandFailure(error)
    }
    stacks.rules.reportUnmatched(in: opened.names)
    StandardError.write(filter.filter.unmatched(in: opened.names))
    let damage: [TraceDamage]
    do {
      damage = try writesJSON ? writeJSON(opened, path) : writeText(opened)
    } catch let error as TraceError {
      throw CommandFailure(error)
    }
    for part in damage { StandardError.write("memtrace-analyze: \(path): damaged \(part)") }
    try DamageStatus.check(damage)
  }

  private func writeText(_ opened: OpenedTrace) throws -> [TraceDamage] {
    var lines = EventText(opened.names, style: text.style)
    var result: Result<[TraceDamage], any Error> = .success([])
    try text.writePage { page, _ in
      page.write(lines.heading)
      result = Result { try forEach(of: opened) { page.write(lines.line($0)) } }
    }
    return try result.get()
  }

  private func writeJSON(_ opened: OpenedTrace, _ path: String) throws -> [TraceDamage] {
    var writer = JSONWriter(StandardOutput())
    var damage: [TraceDamage] = []
    try EventJSON.write(
      path: path, stacks: opened.names, to: &writer, analyzerVersion: Version.number
    ) { write in
      damage = try forEach(of: opened, write)
      return damage
    }
    try writer.output.finish()
    return damage
  }

  /// Hands on the events that were asked for; returns what of the trace could not be listed.
  private func forEach(
    of opened: OpenedTrace, _ body: (HeapEvent) -> Void
  ) throws -> [TraceDamage] {
    var remaining = limit.map(LimitValidation.count) ?? .max
    return try HeapEvents(opened.trace).forEach(in: opened.query.window, of: opened.query.space) {
      event in
      guard opened.query.admits(event) else { return true }
      body(event)
      remaining -= 1
      return remaining > 0
    }
  }
}
