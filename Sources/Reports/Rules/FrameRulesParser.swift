/// Reads rules files.
///
/// A line is `ACTION PATTERN` or `ACTION PATTERN module PATTERN`, where the action is one of
/// `show`, `dim`, `fold` and `hide`. Patterns may hold blanks: the function's ends at the last
/// ` module ` of the line. A line that begins with `python` has a rule for traces of Python code.
/// Empty lines and lines that begin with `#` say nothing.
public enum FrameRulesParser {
  /// The rules of a text; `file` names it in errors.
  public static func parse(_ text: String, file: String) throws(FrameRulesError) -> [FrameRule] {
    var rules: [FrameRule] = []
    let lines = text.split(separator: /\r\n|\n/, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      do throws(Malformed) {
        if let rule = try rule(trimmed(line)) { rules.append(rule) }
      } catch {
        throw FrameRulesError(file: file, line: index + 1, cause: error.cause)
      }
    }
    return rules
  }

  private struct Malformed: Error {
    let cause: String
  }

  /// What a rule begins with that counts only where there is interpreted code.
  private static let interpreted = "python"

  private static func rule(_ line: Substring) throws(Malformed) -> FrameRule? {
    guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
    let first = line.prefix { !isBlank($0) }
    guard first == interpreted else { return try rule(line, isForInterpretedCode: false) }
    let rest = trimmed(line[first.endIndex...])
    guard !rest.isEmpty else { throw Malformed(cause: "'\(interpreted)' without a rule") }
    return try rule(rest, isForInterpretedCode: true)
  }

  private static func rule(
    _ line: Substring, isForInterpretedCode: Bool
  ) throws(Malformed) -> FrameRule {
    let word = line.prefix { !isBlank($0) }
    guard let action = FrameAction(rawValue: String(word)) else {
      let known = FrameAction.allCases.map(\.rawValue).joined(separator: ", ")
      throw Malformed(cause: "'\(word)' is no action; a rule begins with one of \(known)")
    }
    let patterns = trimmed(line[word.endIndex...])
    guard !patterns.isEmpty else { throw Malformed(cause: "'\(word)' without a pattern") }
    // The keyword may end the line, where trimming took its blank.
    if patterns == "module" || patterns.hasSuffix(" module") {
      throw Malformed(cause: "'module' without a pattern")
    }
    guard let keyword = patterns.ranges(of: " module ").last else {
      return FrameRule(
        action, function: String(patterns), isForInterpretedCode: isForInterpretedCode)
    }
    let function = trimmed(patterns[..<keyword.lowerBound])
    let module = trimmed(patterns[keyword.upperBound...])
    return FrameRule(
      action, function: String(function), module: String(module),
      isForInterpretedCode: isForInterpretedCode)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }

  private static func isBlank(_ character: Character) -> Bool {
    character == " " || character == "\t"
  }
}
