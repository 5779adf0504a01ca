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
        memtrace-analyze rules --json | jq '.rules[] | select(.action == "hide")'
        memtrace-analyze top --rules team.rules
        memtrace-analyze top --hide 'log::*' --fold 'boost::*'
      """)

  @Flag(name: .customLong("json"), help: "Write JSON (see docs/JSON.md).")
  var writesJSON = false

  @OptionGroup var rules: RuleOptions

  func run() throws {
    // Finds mistakes in files before it prints them.
    let parts = try rules.parts()
    guard !writesJSON else {
      var writer = JSONWriter(StandardOutput())
      RulesJSON.write(
        [(nil, FrameRules.standard.rules)] + parts.map { ($0.file.path, $0.rules) }, to: &writer,
        analyzerVersion: Version.number)
      return try writer.output.finish()
    }
    let output = StandardOutput()
    output.write(StandardFrameRules.text)
    for (file, _) in parts {
      output.write("\n# \(SafeText.sanitized(file.path))\n" + file.text)
      if !file.text.hasSuffix("\n") { output.write("\n") }
    }
    try output.finish()
  }
}
