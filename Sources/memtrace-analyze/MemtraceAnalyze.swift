import ArgumentParser
import CMalloc
import Glibc

/// The root of the command line: names the commands, and turns every error into one message and
/// an exit status. All work is in the commands.
@main
struct MemtraceAnalyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memtrace-analyze",
    abstract: "Explains a heap trace that libmemtrace.so recorded.",
    usage: "memtrace-analyze [<command>] [<trace>] [<options>]",
    discussion: """
      Record a program with LD_PRELOAD=libmemtrace.so ./app (or: memtrace run -- ./app), then:

        memtrace-analyze trace.bin                     what happened, on one page
        memtrace-analyze top --by allocations          who allocates most often
        memtrace-analyze leaks                         what was never freed
        memtrace-analyze growth                        what grows and never shrinks
        memtrace-analyze diff old.bin new.bin          what changed
        memtrace-analyze peak                          what the heap held at its peak
        memtrace-analyze timeline                      the heap over time
        memtrace-analyze phases                        what each phase cost
        memtrace-analyze report -o report.html         all of it as a page for a browser
        memtrace-analyze flamegraph -o heap.svg        a picture
        memtrace-analyze check --max-peak 24M          a test that fails
        memtrace-analyze export --format pprof         for other tools
        memtrace-analyze live                          watches a program that runs

      Without a file name, ./trace.bin is read.

      Exit status: 0 success; 1 a limit is broken (check); 2 wrong usage or no such file; 23 \
      a --fail-on check failed; 65 the file is damaged or no trace (what can be read of a damaged \
      trace is reported); 74 the output could not be written.
      """,
    version: "memtrace-analyze \(Version.number)",
    subcommands: [
      SummaryCommand.self, TopCommand.self, LeaksCommand.self, GrowthCommand.self, DiffCommand.self,
      PeakCommand.self, TimelineCommand.self, PhasesCommand.self, SnapshotsCommand.self,
      ThresholdsCommand.self,
      TreeCommand.self, CallersCommand.self,
      HistogramCommand.self, FragmentationCommand.self, AccountCommand.self,
      ThreadsCommand.self,
      ReportCommand.self,
      FlameGraphCommand.self, FoldedCommand.self, ExportCommand.self, InfoCommand.self,
      CheckCommand.self, BaselineCommand.self, EventsCommand.self,
      RulesCommand.self,
      IndexCommand.self, BundleCommand.self, LiveCommand.self, ServeCommand.self,
    ],
    defaultSubcommand: SummaryCommand.self)

  /// What helps where an option has another name in this command.
  private static func advice(on message: String) -> String? {
    if message.contains("Unknown option '--cost'") {
      return "What folded calls --cost is --by in every other command."
    }
    if message.contains("Unknown option '--by'") {
      return "What other commands call --by is --cost in folded; summary ranks by all costs."
    }
    return nil
  }

  /// What to say where the first word is no command but like one: its options then make no sense.
  private static func mistypedCommand() -> CommandFailure? {
    let commands = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard let word = CommandLine.arguments.dropFirst().first, !commands.contains(word),
      access(word, F_OK) != 0
    else { return nil }
    return MistypedCommand.failure(word)
  }

  static func main() {
    mt_malloc_keep_freed()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as CommandFailure {
      StandardError.write("memtrace-analyze: \(failure.message)")
      Glibc.exit(failure.status.rawValue)
    } catch let status as ExitCode {
      Glibc.exit(status.rawValue)
    } catch {
      guard exitCode(for: error) != .success else { exit(withError: error) }
      if let failure = Self.mistypedCommand() {
        StandardError.write("memtrace-analyze: \(failure.message)")
        Glibc.exit(failure.status.rawValue)
      }
      StandardError.write(fullMessage(for: error))
      if let advice = Self.advice(on: message(for: error)) { StandardError.write(advice) }
      Glibc.exit(ExitStatus.usage.rawValue)
    }
  }
}
