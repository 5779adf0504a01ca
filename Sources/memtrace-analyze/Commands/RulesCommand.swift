import ArgumentParser
import Reports

/// `memtrace-analyze rules`
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "The rules by which frames are shown, dimmed, folded or hidden.",
    discussion: """
      Prints all rules in force, in a form that --rules reads: the built-in ones, the user's own \
      ($XDG_CONFIG_HOME/memtrace/rules, by default ~/.config/memtrace/rules), those of --rules, of \
      --fold and --hide. Of several rules for a frame the last one counts.

      Examples:
        memtrace-analyze rules | less
        memtrace-analyze top --rules team.rules
        memtrace-analyze top --hide 'log::*' --fold 'boost::*'
      """)

  @OptionGroup var rules: RuleOptions

  func run() throws {
    // Finds mistakes in files before it prints them.
    _ = try rules.load()
    let output = StandardOutput()
    output.write(StandardFrameRules.text)
    for file in try rules.texts() {
      output.write("\n# \(SafeText.sanitized(file.path))\n" + file.text)
      if !file.text.hasSuffix("\n") { output.write("\n") }
    }
    try output.finish()
  }
}
