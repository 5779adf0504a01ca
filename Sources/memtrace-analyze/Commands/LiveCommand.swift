import Analysis
import ArgumentParser
import Glibc
import Live

/// `memtrace-analyze live [TARGET]`
struct LiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Watches running programs.",
    discussion: """
      Follows programs while they are recorded; each look reads what is new. On a terminal it \
      shows the heap and the functions that hold most; elsewhere, or with --lines, it writes a line \
      for each process and look, with --json a document on each line. These end with the process; \
      a directory is watched until it is interrupted.

      Keys:
        l g r a       order: live, growth, bytes allocated in a second, allocations
        space         freeze what is shown, or go on
        0             growth counts from now
        tab           the next process
        arrows        scroll
        q             quit

      Examples:
        memtrace-analyze live
        memtrace-analyze live 4711 --every 250ms
        memtrace-analyze live /var/lib/traces --log events.jsonl --max-heap 2G --max-growth 100k
        memtrace-analyze live --json trace.bin | jq '.processes[0].totals.liveBytes'
      """)

  @Flag(name: .customLong("json"), help: "A JSON document on each line (see docs/JSON.md).")
  var writesJSON = false

  @Flag(name: .customLong("lines"), help: "Lines, on a terminal, too.")
  var writesLines = false

  @Option(
    name: .customLong("count"),
    help: ArgumentHelp("End after so many looks.", valueName: "looks"))
  var count: Int?

  @OptionGroup var options: WatchOptions
  @OptionGroup(title: "Log") var log: LogOptions

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count must be at least 1.") }
  }

  func run() throws {
    let watch = try options.watch(log)
    let log = try log.open()
    if !writesJSON, !writesLines, count == nil, let view = LiveView(watch, log) {
      return view.run(every: options.interval.seconds)
    }
    var looks = 0
    while true {
      let changes = watch.step()
      looks += 1
      let state = watch.state
      log?.take(changes, state)
      let output = StandardOutput()
      output.write(
        writesJSON
          ? LiveJSON.line(state, functions: options.functions) : LiveText.lines(state))
      try output.finish()
      let isOver = !state.watchesDirectory && state.recorded.isEmpty
      if isOver || count.map({ looks >= $0 }) ?? false { return }
      usleep(watch.pauseMicroseconds(every: options.interval.seconds))
    }
  }
}
