/// Breaks sentences into lines at spaces.
package enum TextWrap {
  /// The words of a text in lines of at most `columns` columns; a longer word gets its own line.
  package static func lines(of text: String, columns: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.split(separator: " ") {
      let width = SafeText.columns(String(word))
      if used > 0, used + 1 + width > columns {
        lines.append(line)
        (line, used) = ("", 0)
      }
      if used > 0 {
        line += " "
        used += 1
      }
      line += word
      used += width
    }
    if used > 0 { lines.append(line) }
    return lines
  }
}
