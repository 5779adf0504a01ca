import Aggregation
import Analysis
import ArgumentParser
import Live

/// What is watched while it runs, and how often.
struct WatchOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A process id, a trace, or a directory whose traces come and go (default: ./trace.bin).",
      valueName: "target"),
    completion: .file(extensions: ["bin"]))
  var target: String?

  @Option(
    name: .customLong("every"),
    help: ArgumentHelp("How often to look: 1s, 250ms.", valueName: "time"))
  var interval = WatchInterval(seconds: 1)

  @Option(
    name: .customLong("functions"),
    help: ArgumentHelp("Functions of each process, 0 for none.", valueName: "count"))
  var functions = 20

  @OptionGroup(title: "Stacks") var stacks: StackOptions

  func validate() throws {
    if functions < 0 { throw ValidationError("--functions must not be negative.") }
  }

  /// Begins to watch, and to look at functions if they are shown or logged.
  ///
  /// - Throws: `CommandFailure` if nothing can be followed.
  func watch(_ log: LogOptions) throws -> LiveWatch {
    let presentation = try stacks.presentation()
    do throws(AnalysisError) {
      return try LiveWatch(
        target, looksAtFunctions: functions > 0 || log.growth != nil, presentation,
        .onStandardError)
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// A length of time between two looks.
struct WatchInterval: ExpressibleByArgument, CustomStringConvertible {
  let seconds: Double
  var description: String { "\(seconds)s" }

  init(seconds: Double) { self.seconds = seconds }

  init?(argument: String) {
    guard let nanoseconds = TimePoint.nanoseconds(argument),
      (100_000_000...3_600_000_000_000).contains(nanoseconds)
    else { return nil }
    seconds = Double(nanoseconds) / 1e9
  }
}
