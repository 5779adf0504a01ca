import ArgumentParser
import Glibc

/// `memtrace ctl PID REQUEST`: asks the recorder of a running process.
struct ControlCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ctl",
    abstract: "Controls the recording of a process that runs.",
    discussion: """
      The process must have been started with memtrace run --control (or MEMTRACE_CONTROL=1), by the \
      same user. Its recorder answers within 50 ms.

        stats           how much memory it uses, how much was recorded; one NAME=VALUE a line
        mark LABEL      puts a mark into the trace
        snapshot LABEL  puts a snapshot into the trace
        pause, resume   allocations are left out meanwhile, frees are not
        stop            closes the trace for good; the program goes on

      Examples:
        memtrace ctl 1234 stats
        memtrace ctl 1234 snapshot 'after the import'
        memtrace ctl "$(pidof service)" stop

      Exit status: 0 it was done; 1 it was not, and why; 2 wrong usage.
      """)

  enum Request: String, CaseIterable, ExpressibleByArgument {
    case stats, mark, snapshot, pause, resume, stop

    var takesLabel: Bool { self == .mark || self == .snapshot }
  }

  @Argument(help: ArgumentHelp("The process.", valueName: "pid"))
  var process: Int32

  @Argument(help: ArgumentHelp("What to do.", valueName: "request"))
  var request: Request

  @Argument(help: ArgumentHelp("For mark and snapshot.", valueName: "label"))
  var label: String?

  @Option(
    help: ArgumentHelp(
      "Where the socket is, if MEMTRACE_CONTROL names a folder.", valueName: "folder"),
    completion: .directory)
  var folder: String?

  func validate() throws {
    if process <= 0 { throw ValidationError("\(process) is no process.") }
    if request.takesLabel != (label != nil) {
      throw ValidationError(
        request.takesLabel
          ? "\(request.rawValue) needs a label: memtrace ctl \(process) \(request.rawValue) loaded"
          : "\(request.rawValue) takes no label.")
    }
    if let label, label.isEmpty || label.utf8.count > 255 || label.utf8.contains(0) {
      throw ValidationError("A label has 1 to 255 bytes.")
    }
  }

  func run() throws {
    let socket = try ControlSocket(folder: folder, process: process)
    let words = [request.rawValue] + (label.map { [$0] } ?? [])
    let answer = try socket.ask(words.joined(separator: " "))
    if !answer.isEmpty { print(answer, terminator: "") }
  }
}
