import ArgumentParser
import Reports

/// Which frames are shown: the built-in rules, the user's own, and those of the command line.
struct RuleOptions: ParsableArguments {
  @Option(
    name: .customLong("rules"),
    help: ArgumentHelp(
      "Rules for frames, as memtrace-analyze rules prints them; may be repeated.",
      valueName: "file"),
    completion: .file())
  var files: [String] = []

  @Option(
    name: .customLong("hide"),
    help: ArgumentHelp("Leave out functions of this name (* is any text).", valueName: "pattern"))
  var hidden: [String] = []

  @Option(
    name: .customLong("fold"),
    help: ArgumentHelp(
      "Show each run of functions of such names as its outermost one.", valueName: "pattern"))
  var folded: [String] = []

  @Flag(
    name: .customLong("python"),
    help: """
      Of stacks that run Python code, its functions alone: what native code allocates is booked on \
      the line that called it.
      """)
  var showsPythonAlone = false

  @Flag(name: .customLong("raw"), help: "All frames, whatever the rules say.")
  var isRaw = false

  @Flag(
    name: .customLong("unfold-recursion"),
    help: "Show every level of a recursion; stacks of different depths stay apart.")
  var unfoldsRecursion = false

  /// Whether one round of a recursion stands for all of them.
  var foldsRecursion: Bool { !isRaw && !unfoldsRecursion }

  func validate() throws {
    if (hidden + folded).contains(where: \.isEmpty) {
      throw ValidationError("--hide and --fold need a pattern.")
    }
    if isRaw, showsPythonAlone {
      throw ValidationError("--raw shows all frames, --python those of Python code alone.")
    }
  }

  /// Says on standard error which patterns of `--hide` and `--fold` fit no function, and where there is
  /// no Python code to show.
  func reportUnmatched(in stacks: PresentedStacks) {
    if showsPythonAlone, !stacks.isInterpreted {
      StandardError.write("memtrace-analyze: --python changes nothing: no stack has Python code")
    }
    for (option, patterns) in [("--hide", hidden), ("--fold", folded)] {
      for pattern in patterns {
        let rules = try? FrameRulesParser.parse("hide \(pattern)", file: option)
        if let rule = rules?.first, stacks.hasFunction(matching: rule) { continue }
        StandardError.write(
          "memtrace-analyze: \(option) \(pattern) fits no function (* matches any text)")
      }
    }
  }

  /// All rules in force, the ones that win last.
  ///
  /// - Throws: `CommandFailure` with status 2 when a file cannot be used.
  func load() throws -> FrameRules {
    guard !isRaw else { return .none }
    var rules = FrameRules.standard
    for part in try parts() { rules.append(part.rules) }
    rules.showsInterpretedCodeAlone = showsPythonAlone
    return rules
  }

  /// The rules beside the built-in ones, file by file.
  ///
  /// - Throws: `CommandFailure` with status 2 when a file cannot be used.
  func parts() throws -> [(file: TextFile, rules: [FrameRule])] {
    var parts: [(file: TextFile, rules: [FrameRule])] = []
    for file in try texts() {
      do {
        parts.append((file, try FrameRulesParser.parse(file.text, file: file.path)))
      } catch {
        throw CommandFailure(error.description, status: .usage)
      }
    }
    return parts
  }

  /// The rules beside the built-in ones: the user's file, if there is one, the files named, and
  /// the patterns given.
  ///
  /// - Throws: `CommandFailure` with status 2 when a file cannot be read.
  private func texts() throws -> [TextFile] {
    let own = try UserRules.path.flatMap { try TextFile.readIfPresent($0) }
    let given = folded.map { "fold \($0)\n" } + hidden.map { "hide \($0)\n" }
    return (own.map { [$0] } ?? []) + (try files.map { try TextFile.read($0) })
      + (given.isEmpty ? [] : [TextFile(path: "--fold, --hide", text: given.joined())])
  }
}
