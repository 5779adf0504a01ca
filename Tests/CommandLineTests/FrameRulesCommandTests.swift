import Foundation
import Testing

/// Rules for frames from files, from the command line, and none.
@Suite struct FrameRulesCommandTests {
  private let program: RecordedProgram
  private let directory: URL

  init() throws {
    program = try RecordedProgram.recorded()
    directory = FileManager.default.temporaryDirectory
      .appending(path: "memtrace-rules-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: directory.appending(path: "memtrace"), withIntermediateDirectories: true)
  }

  private func file(_ name: String, _ text: String) throws -> String {
    let url = directory.appending(path: name)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  private var home: [String: String] { ["XDG_CONFIG_HOME": directory.path] }

  private func stacks(_ arguments: String...) throws -> [String] {
    let result = try CommandResult.run(
      Products.analyzer, ["folded", "--cost", "leaked"] + arguments, in: program.directory,
      environment: home)
    #expect(result.status == 0 && result.errors.isEmpty)
    return result.output.split(separator: "\n").map(String.init)
  }

  @Test("Folded stacks obey the rules, and --raw shows what really was called") func raw() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    #expect(try stacks() == ["main;hold;leak 300"])
    let raw = try stacks("--raw", "--hide", "hold")
    #expect(raw.count == 1)
    #expect(raw[0].hasPrefix("_start;__libc_start_main"))
    #expect(raw[0].hasSuffix(";main;hold;leak 300"))
  }

  @Test("Rules of the user's file, of --rules, --fold and --hide follow one another")
  func precedence() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    #expect(try stacks("--hide", "ho*") == ["main;leak 300"])
    // Nothing would be left for its own sake: nothing is folded.
    #expect(try stacks("--fold", "*").first?.hasSuffix(";main;hold;leak 300") == true)
    #expect(
      try stacks("--fold", "* module program", "--hide", "main") == ["_start;hold;leak 300"])
    #expect(try stacks("--fold", "hold", "--fold", "leak") == ["main;hold 300"])
    let unmatched = try CommandResult.run(
      Products.analyzer, ["folded", "--cost", "leaked", "--fold", "[hl]*"], in: program.directory,
      environment: home)
    #expect(unmatched.status == 0 && unmatched.errors.contains("--fold [hl]* fits no function"))
    _ = try file("memtrace/rules", "hide hold\nshow _start\n")
    #expect(try stacks() == ["_start;main;leak 300"])
    let first = try file("first.rules", "hide main\nshow hold\n")
    let second = try file("second.rules", "# nothing\nshow main\nfold _start")
    #expect(try stacks("--rules", first) == ["_start;hold;leak 300"])
    #expect(
      try stacks("--rules", first, "--rules", second, "--hide", "leak") == ["_start;main;hold 300"])
  }

  @Test("What rules prints is what --rules reads, and means the same") func printed() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let own = try file("own.rules", "hide hold")
    let result = try CommandResult.run(
      Products.analyzer, ["rules", "--rules", own, "--fold", "x*"], environment: home)
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output.contains("\nhide operator new(*\n"))
    #expect(result.output.contains("\npython hide * module libpython*.so*\n"))
    #expect(result.output.hasSuffix("\n# \(own)\nhide hold\n\n# --fold, --hide\nfold x*\n"))
    let printed = try file("printed.rules", "hide *\n" + "show *\n" + result.output)
    #expect(try stacks("--rules", printed) == ["main;leak 300"])
  }

  @Test("The rules in force as JSON, with where they are from") func json() throws {
    struct Document: Decodable {
      struct Rule: Decodable, Equatable {
        let action: String
        let function: String
        let module: String?
        var language: String?
        let source: String?
      }
      let schema: String
      let rules: [Rule]
    }
    defer { try? FileManager.default.removeItem(at: directory) }
    let own = try file(
      "own.rules", "hide hold\nfold * module libx*\npython dim hold")
    let result = try CommandResult.run(
      Products.analyzer, ["rules", "--json", "--rules", own, "--hide", "x"], environment: home)
    #expect(result.status == 0 && result.errors.isEmpty)
    let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
    #expect(document.schema == "memtrace-rules")
    #expect(document.rules.contains { $0.source == nil && $0.function == "operator new(*" })
    #expect(
      document.rules.contains { $0.language == "python" && $0.module == "libpython*.so*" })
    #expect(
      document.rules.suffix(4) == [
        Document.Rule(action: "hide", function: "hold", module: nil, source: own),
        Document.Rule(action: "fold", function: "*", module: "libx*", source: own),
        Document.Rule(
          action: "dim", function: "hold", module: nil, language: "python", source: own),
        Document.Rule(action: "hide", function: "x", module: nil, source: "--fold, --hide"),
      ])
  }

  @Test("A rules file that cannot be used is named, with the line and the mistake")
  func mistakes() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    func errors(_ arguments: String..., environment: [String: String] = [:]) throws -> String {
      let result = try CommandResult.run(
        Products.analyzer, arguments, in: program.directory, environment: environment)
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      return result.errors
    }
    let bad = try file("bad.rules", "hide a\nremove b\n")
    #expect(try errors("top", "--rules", bad).contains("\(bad):2: 'remove' is no action"))
    #expect(try errors("rules", "--rules", bad).contains("\(bad):2:"))
    #expect(try errors("top", "--rules", "/nowhere").contains("cannot read /nowhere: no such file"))
    #expect(try errors("top", "--rules", "/dev/null").contains("not a regular file"))
    #expect(try errors("top", "--hide", "").contains("need a pattern"))
    _ = try file("memtrace/rules", "nonsense\n")
    #expect(try errors("leaks", environment: home).contains("/memtrace/rules:1: 'nonsense'"))
    #expect(try stacks("--raw").count == 1)
  }
}
