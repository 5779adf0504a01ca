import ArgumentParser
import Glibc

/// The root of the launcher's command line: names the commands and turns every error into one
/// line on stderr and an exit status. All work is in the commands.
@main
struct Memtrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memtrace",
    abstract: "Records every heap allocation of a program.",
    version: "memtrace 0.1.0",
    subcommands: [RunCommand.self, ControlCommand.self, DoctorCommand.self])

  /// What to say where the first word is no command: mistyped, or the program itself.
  private static func unknownCommand() -> String? {
    let commands = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"),
      !commands.contains(word)
    else { return nil }
    return "\(word): no such command; memtrace run -- PROGRAM records, memtrace doctor says what "
      + "works"
  }

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let refusal as LaunchError {
      Console.note(refusal.description)
      Glibc.exit(refusal.exitStatus)
    } catch let status as ExitCode {
      Glibc.exit(status.rawValue)
    } catch {
      guard exitCode(for: error) != .success else { exit(withError: error) }
      if let message = unknownCommand() {
        Console.note(message)
      } else {
        Console.explain(fullMessage(for: error))
      }
      Glibc.exit(LaunchError.wrongUsage)
    }
  }
}
