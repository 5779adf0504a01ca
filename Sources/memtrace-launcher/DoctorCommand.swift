import ArgumentParser
import Glibc

/// `memtrace doctor`: what would work here and what not, each with what to do. Runs nothing.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Says what would work here, and what to do about the rest.",
    usage: "memtrace doctor [--json] [--output <file>] [--] [<program>]",
    discussion: """
      Examples:
        memtrace doctor
        memtrace doctor -- ./app
        memtrace doctor --json -- python3 | jq '.checks[] | select(.state != "good")'

      Looks at the kernel, the C library, sandboxes, limits, and the file system of the trace; with \
      a program also at how it is linked, whose malloc it calls, and what its functions will be \
      called. Nothing is run. Exit status: 0 a trace can be recorded; 1 it cannot; 2 wrong usage.
      """)

  @Flag(help: "Write JSON (see docs/JSON.md).")
  var json = false

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("The trace file (default: trace.bin).", valueName: "file"))
  var output: String?

  @Argument(parsing: .captureForPassthrough, help: "The program that is to be recorded.")
  var command: [String] = []

  func run() throws {
    // A limit on files is found by an error, not by an end.
    signal(SIGXFSZ, SIG_IGN)
    let environment = Environment.inherited()
    let words = command.first == "--" ? Array(command.dropFirst()) : command
    if let first = words.first, first.hasPrefix("-"), command.first != "--" {
      if first == "--help" || first == "-h" { throw CleanExit.helpRequest(self) }
      throw ValidationError("Unknown option '\(first)'.")
    }
    let pattern = output ?? environment["MEMTRACE_OUTPUT"] ?? "trace.bin"
    var findings = [MachineChecks.kernel(), MachineChecks.glibc()]
    findings += MachineChecks.installation(environment)
    findings += [
      MachineChecks.processMemory(), MachineChecks.seccomp(), MachineChecks.limits(),
      MachineChecks.environment(environment), OutputCheck.finding(pattern: pattern),
    ]
    if let name = words.first {
      findings += ProgramChecks(name: name, environment: environment).findings()
    }
    let report = DoctorReport(findings: findings)
    print(json ? report.json() : report.text(), terminator: "")
    if !report.works { throw ExitCode(1) }
  }
}
