/// Function names as folded stacks can carry them.
enum FoldedName {
  /// Stands for a stack of which no frame was recorded.
  static let noStack = "[no stack recorded]"

  /// The name with `;` replaced by `:`, runs of white space by one blank, and control and
  /// invisible characters spelled out.
  ///
  /// A name that ends in a blank and a number would be read as a stack with two counts: its last
  /// blank becomes `_`. An empty name, which would shift all others, becomes `[unnamed]`.
  static func name(_ function: String) -> String {
    var words: [String] = []
    for word in function.split(whereSeparator: \.isWhitespace) {
      words.append(
        SafeText.sanitized(String(word.map { $0 == ";" ? ":" : $0 })))
    }
    guard let last = words.last else { return "[unnamed]" }
    if words.count > 1, isNumber(last) {
      words.removeLast()
      return words.joined(separator: " ") + "_" + last
    }
    return words.joined(separator: " ")
  }

  /// Whether any reader would take a word for a count: most want digits, perhaps with a fraction;
  /// some take all that is a number to their language.
  private static func isNumber(_ word: String) -> Bool {
    Double(word) != nil
      || word.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
  }
}
