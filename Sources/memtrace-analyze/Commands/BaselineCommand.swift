import Analysis
import ArgumentParser
import Reports

/// `memtrace-analyze baseline save [TRACE] -o FILE`
struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "What a run came to, for later runs to be compared with.",
    subcommands: [Save.self])

  struct Save: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "save",
      abstract: "Writes the figures of a run, and of each of its phases, to a file.",
      discussion: """
        The file is text, for version control: a line is a number, what it is of, and the phase. \
        check --baseline FILE --tolerance 5% then compares another run with it. Resident memory is \
        left out, as it varies with the system.

        Examples:
          memtrace-analyze baseline save -o tests/memory.baseline trace.bin
          memtrace-analyze check --baseline tests/memory.baseline --tolerance 5%
        """)

    @Option(
      name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"),
      completion: .file())
    var output: String

    @OptionGroup var input: TraceArgument
    @OptionGroup(title: "Suppressions") var suppressions: SuppressionOptions
    @OptionGroup(title: "Stacks") var stacks: StackOptions

    func run() throws {
      let file = try ExportFile(output, isBinary: false)
      let list = try suppressions.list()
      let run = try stacks.answer(RunQuestion(phases: nil), of: input.paths)
      try DamageStatus.check(run.trace.profile.damage)
      let whole = try stacks.answer(RunQuestion(), of: input.paths)
      let baseline = MemoryBaseline(whole.trace, try run.phases(), suppressions: list)
      try file.write(ArraySlice(baseline.text.utf8))
      try file.finish()
    }
  }
}
