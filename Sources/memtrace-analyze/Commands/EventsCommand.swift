import Aggregation
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
      The order is exact; times are coarse. A realloc is a free followed by move or resize. \
      Addresses of blocks that lived only briefly are not in the trace.

      Examples:
        memtrace-analyze events | less
        memtrace-analyze events app.trace --limit 100 --thread 2
        memtrace-analyze events --json | jq '.events[] | select(.sizeBytes > 1000000)'
      """)

  @OptionGroup var input: TraceArgument

  @Option(help: ArgumentHelp("Stop after so many events.", valueName: "count"))
  var limit: Int?

  @Option(help: ArgumentHelp("Only events of this thread, by its number.", valueName: "thread"))
  var thread: UInt32?

  @Flag(name: .customLong("json"), help: "Write JSON (see docs/JSON.md).")
  var writesJSON = false

  @OptionGroup(title: "Stacks") var stacks: StackOptions
  @OptionGroup(title: "Text") var text: TextOptions

  func validate() throws {
    if let limit { try LimitValidation.check(limit) }
  }

  func run() throws {
    let path = try TraceLocator.locate(input.path)
    let damage: [TraceDamage]
    do {
      let rules = try stacks.rules.load()
      let events = try HeapEvents(path: path)
      let symbolizer = Symbolizer(
        modules: events.modules.map(ModuleImage.init), options: stacks.symbolizerOptions)
      let names = PresentedStacks(
        of: events.stacks, modules: events.modules, symbolizer: symbolizer, rules: rules)
      damage = try writesJSON ? writeJSON(events, names, path) : writeText(events, names)
    } catch let error as TraceError {
      throw CommandFailure(error)
    }
    for part in damage { StandardError.write("memtrace-analyze: \(path): damaged \(part)") }
    try DamageStatus.check(damage)
  }

  private func writeText(_ events: HeapEvents, _ names: PresentedStacks) throws -> [TraceDamage] {
    let output = StandardOutput()
    var text = EventText(names, style: text.style)
    output.write(text.heading)
    let damage = try forEach(of: events) { output.write(text.line($0)) }
    try output.finish()
    return damage
  }

  private func writeJSON(
    _ events: HeapEvents, _ names: PresentedStacks, _ path: String
  ) throws -> [TraceDamage] {
    var writer = JSONWriter(StandardOutput())
    var damage: [TraceDamage] = []
    try EventJSON.write(
      path: path, stacks: names, to: &writer, analyzerVersion: Version.number
    ) { write in
      damage = try forEach(of: events, write)
      return damage
    }
    try writer.output.finish()
    return damage
  }

  /// Hands on the events that were asked for; returns what of the trace could not be listed.
  private func forEach(
    of events: HeapEvents, _ body: (HeapEvent) -> Void
  ) throws -> [TraceDamage] {
    var remaining = limit ?? .max
    return try events.forEach { event in
      guard thread == nil || event.thread.rawValue == thread else { return true }
      body(event)
      remaining -= 1
      return remaining > 0
    }
  }
}
