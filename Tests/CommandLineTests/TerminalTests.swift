import Foundation
import Testing

/// What people see on a terminal, tried on a real one that script(1) provides.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
struct TerminalTests {
  private let program: RecordedProgram

  init() throws { program = try RecordedProgram.recorded() }

  /// Runs the analyzer on a terminal of 80 columns.
  private func onTerminal(_ command: String) throws -> String {
    let result = try program.shell(
      "script -qec \"stty cols 80 2>/dev/null; $ANALYZE \(command)\" /dev/null < /dev/null")
    #expect(result.status == 0)
    return result.output
  }

  @Test("A terminal gets bold and colour, unless it is told not to") func decoration() throws {
    #expect(try onTerminal("").contains("\u{1b}[1"))
    #expect(try !onTerminal("--color never").contains("\u{1b}"))
    let quiet = try program.shell(
      "NO_COLOR=1 script -qec \"$ANALYZE\" /dev/null < /dev/null")
    #expect(!quiet.output.contains("\u{1b}"))
    let dumb = try program.shell("TERM=dumb script -qec \"$ANALYZE\" /dev/null < /dev/null")
    #expect(!dumb.output.contains("\u{1b}"))
  }

  @Test("A pipe gets none, unless it is told to") func pipes() throws {
    #expect(try !program.analyze().output.contains("\u{1b}"))
    #expect(try program.analyze("--color", "always").output.contains("\u{1b}[1"))
  }

  @Test("Lines keep within the terminal") func width() throws {
    let text = try onTerminal("--color never")
    for line in text.split(whereSeparator: \.isNewline) {
      #expect(line.count <= 80, "\(line)")
    }
  }
}
