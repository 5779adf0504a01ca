import ArgumentParser
import CTraceFormat
import Glibc

/// `memtrace run`: runs a program with the recorder preloaded, as if it ran alone (its own input,
/// output, signals and exit status), then says where the trace is and how to read it.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a program and records its heap.",
    usage: "memtrace run [options] [--] <program> [<argument> ...]",
    discussion: """
      Examples:
        memtrace run -- ./app --its-own-option
        memtrace run --report -- python3 script.py
        memtrace run --open -- ./app
        memtrace run -o /tmp/app.bin --no-follow -- make -j4
        memtrace run --only cc1plus -- make -j4
        memtrace run --check memory.toml -- ./tests
        memtrace run --warn 500M --critical 1G -- ./service
        memtrace run --critical oom:90% --on-critical 'logger "$MEMTRACE_PID"' -- ./service

      The exit status is the program's own; if a signal kills the program, the same signal kills \
      the launcher. With --check it is 1 if a limit is broken, and 2 if that cannot be judged, \
      unless the program failed itself. 127: there is no such program; 126: it cannot be run or traced (static, \
      setuid, for another architecture or C library); 125: memtrace's library was not found; \
      2: wrong usage.
      """)

  @OptionGroup var recording: RecordingOptions

  @Flag(help: "Print the summary of the trace when the program has ended.")
  var report = false

  @Flag(
    name: .customLong("open"),
    help: "Make the trace's page, beside it, when the program has ended, and show it in a browser.")
  var opens = false

  @Option(
    help: ArgumentHelp(
      "Judge the program by this file of limits when it has ended; see memtrace-analyze check.",
      valueName: "file"),
    completion: .file())
  var check: String?

  @Flag(name: [.short, .long], help: "Say nothing at the end.")
  var quiet = false

  @Argument(parsing: .captureForPassthrough, help: "The program and its arguments.")
  var command: [String] = []

  func validate() throws {
    if let first = command.first, first.hasPrefix("-"), first != "--" {
      if first == "--help" || first == "-h" { throw CleanExit.helpRequest(self) }
      throw ValidationError("Unknown option '\(first)'.")
    }
    if let check, access(check, R_OK) != 0 {
      throw ValidationError("--check \(check): \(SystemError.text(errno))")
    }
    if words.isEmpty { throw ValidationError("Name a program to run: memtrace run -- ./app") }
  }

  func run() throws {
    var environment = Environment.inherited()
    let installation = try Installation(environment: environment)
    let program = try TraceableProgram(name: words[0], searchPath: environment["PATH"])
    if let note = program.allocator.note {
      Console.note("\(ShownPath.text(program.path)): \(note)")
    }
    environment.preload(installation.library)
    recording.apply(to: &environment)
    // A run of its own, even when this launcher is itself part of a traced one; and room for what
    // the recorder tells the program's children.
    environment["MEMTRACE_SESSION"] = ""

    let output = environment["MEMTRACE_OUTPUT"].flatMap { $0.isEmpty ? nil : $0 } ?? "trace.bin"
    let pattern = OutputPattern(
      output, workingDirectories: OutputPattern.workingDirectories(environment))
    let traces = TraceSearch(pattern: pattern, program: program.executable)
    let command = try recording.onCritical.map { text throws(LaunchError) in
      try CriticalCommand(text)
    }
    environment[CriticalCommand.variable] = command?.path
    let child: ChildProcess
    do {
      child = try ChildProcess(path: program.path, arguments: words, environment: environment)
    } catch {
      command?.finish()
      throw error
    }
    command?.listen()
    let ending = child.waitForwardingSignals { command?.attend() }
    command?.finish()
    let found = traces.find(process: child.identifier)
    found.own?.note(ending)
    if !quiet || report || opens { tell(found, installation: installation) }
    if let check {
      let status = judge(found, by: check, installation)
      if ending == .exit(0) { Glibc.exit(status) }
    }
    ending.passOn()
  }

  /// What the limits in a file come to: 0 if they are kept, 1 if one is broken, 2 if that is not known.
  private func judge(
    _ found: TraceSearch.Result, by limits: String, _ installation: Installation
  ) -> Int32 {
    guard let trace = found.own else {
      Console.note("--check: the program has no trace to judge")
      return 2
    }
    switch analyze(["check", "--limits", limits, trace.path], installation) {
    case .exit(let status) where status < 2: return status
    default: return 2
    }
  }

  /// The program's words; `--` before them is ours, any later one theirs.
  private var words: [String] {
    command.first == "--" ? Array(command.dropFirst()) : command
  }

  private func tell(_ found: TraceSearch.Result, installation: Installation) {
    // With --only the program itself may have none.
    guard let first = found.own ?? found.others.first else {
      let reason = recording.only.map { ": no program of the run is called \(ShownPath.text($0))" }
      let nothing = "no trace was written\(reason ?? ", or it was removed")"
      Console.note(Self.stopText(found.ownStop) ?? nothing)
      return
    }
    if report { analyze([first.path], installation) }
    if opens {
      analyze(["report", first.path, "-o", Self.page(of: first.path), "--open"], installation)
    }
    guard !quiet else { return }
    if let text = Self.stopText(found.ownStop) { Console.note(text) }
    if found.otherStops > 0 {
      Console.note(
        "\(found.otherStops) of the run's other traces were truncated, overwritten or removed")
    }
    let size = ByteSize.text(first.sizeBytes)
    let others = found.others.count - (found.own == nil ? 1 : 0)
    let more =
      switch others {
      case 0: ""
      case 1: ", and one more trace of the run beside it"
      default: ", and \(others) more traces of the run beside it"
      }
    let path = ShownPath.text(first.path)
    let words = [ShownPath.text(installation.analyzerCommand), path].map(ShellWord.quoted)
    let command = words.joined(separator: " ")
    Console.note("\(path): \(size)\(more); read it with: \(command)")
  }

  private static func stopText(_ stop: mt_stop?) -> String? {
    switch stop {
    case MT_STOP_TRACE_REMOVED:
      "the trace was removed while the program ran: recording stopped then"
    case MT_STOP_TRACE_CHANGED:
      "the trace was truncated or overwritten while the program ran: recording stopped then"
    default: nil
    }
  }

  /// The page's path: `trace.html` beside `trace.bin`.
  static func page(of trace: String) -> String {
    (trace.hasSuffix(".bin") ? String(trace.dropLast(4)) : trace) + ".html"
  }

  /// How the analyzer ended; nil if it was not started.
  @discardableResult
  private func analyze(_ words: [String], _ installation: Installation) -> Ending? {
    guard let analyzer = installation.analyzer else {
      Console.note("memtrace-analyze was not found beside memtrace or in PATH")
      return nil
    }
    do {
      let child = try ChildProcess(
        path: analyzer, arguments: ["memtrace-analyze"] + words, environment: .inherited())
      return child.waitForwardingSignals()
    } catch {
      Console.note("\(error)")
      return nil
    }
  }
}
