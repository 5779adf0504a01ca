/// Notices as wrapped paragraphs.
enum NoticeText {
  /// Writes notices with an empty line before them; nothing if there are none.
  static func write(
    _ notices: [Notice], to output: inout some TextOutputStream, style: TextStyle
  ) {
    guard !notices.isEmpty else { return }
    output.write("\n")
    for notice in notices {
      let lead =
        switch notice.severity {
        case .damage: style.alarm("DAMAGED") + " "
        case .warning: style.alarm("!") + " "
        case .note: style.faint("·") + " "
        }
      let indent = notice.severity == .damage ? 10 : 4
      let lines = TextWrap.lines(
        of: SafeText.sanitized(notice.message), columns: style.width - indent)
      for (number, line) in lines.enumerated() {
        output.write((number == 0 ? "  " + lead : TextTable.spaces(indent)) + line + "\n")
      }
    }
  }
}
