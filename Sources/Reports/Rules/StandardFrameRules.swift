/// The built-in rules: the very text that `memtrace-analyze rules` prints, in Swift so that the installed
/// program needs no file beside it.
public enum StandardFrameRules {
  /// The rules, parsed. A mistake in the text is the programmer's.
  static let rules = parse(text)

  private static func parse(_ text: String) -> [FrameRule] {
    do {
      return try FrameRulesParser.parse(text, file: "built-in rules")
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// The rules as a rules file: of several for a frame the last one counts.
  public static let text =
    [
      introduction, librariesOfPythonCode, libraries, allocators, programAllocators,
      machineryOfPythonCode,
    ].joined(separator: "\n\n") + "\n\n"

  private static let introduction = #"""
    # Frames that are not the program's own. Of several rules for a frame the last one counts, so
    # the most general stand first.
    #
    #   show PATTERN [module PATTERN]   the program's own code
    #   dim PATTERN [module PATTERN]    shown, but somebody else's code
    #   fold PATTERN [module PATTERN]   a run of such frames is shown as its outermost one
    #   hide PATTERN [module PATTERN]   left out
    #   python RULE                     a rule for traces that have Python code
    #
    # Patterns are for a function's whole name and for the file name of its module, or for the
    # module's path where the pattern has a slash; * matches any text. C++ names are compared as they are and simplified, with and without return type.
    """#
}
