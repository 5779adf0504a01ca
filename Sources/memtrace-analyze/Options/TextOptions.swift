import ArgumentParser
import Reports

/// How text reports look: shared by every command that writes one.
struct TextOptions: ParsableArguments {
  enum Color: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

  @Option(help: "Bold and colour: on a terminal (and without NO_COLOR), always or never.")
  var color = Color.auto

  @Option(help: ArgumentHelp("Columns to fit the report into.", valueName: "columns"))
  var width: Int?

  @Option(
    name: .customLong("frames"),
    help: ArgumentHelp("Most lines for each stack, 0 for whole stacks.", valueName: "lines"))
  var stackLines = TextStyle.defaultStackLines

  func validate() throws {
    if stackLines < 0 { throw ValidationError("--frames must not be negative.") }
    if let width, width < TextStyle.minimumWidth {
      throw ValidationError("--width must be at least \(TextStyle.minimumWidth).")
    }
  }

  var style: TextStyle {
    let isDecorated =
      switch color {
      case .auto: Terminal.wantsDecoration
      case .always: true
      case .never: false
      }
    let terminalWidth = Terminal.isOutput ? Terminal.columns : nil
    return TextStyle(
      isDecorated: isDecorated, width: width ?? terminalWidth ?? TextStyle.defaultWidth,
      height: Terminal.lines ?? TextStyle.defaultHeight,
      stackLines: stackLines == 0 ? .max : stackLines, drawsUnicode: Terminal.drawsUnicode)
  }

  /// Writes a report to standard output.
  ///
  /// - Throws: `CommandFailure` if it could not be written.
  func write(_ report: some Report) throws {
    guard report.isPage else {
      var output = StandardOutput()
      report.writeText(to: &output, style: style)
      return try output.finish()
    }
    try writePage { report.writeText(to: &$0, style: $1) }
  }

  /// Writes text for people to standard output.
  ///
  /// - Throws: `CommandFailure` if it could not be written.
  func writePage(_ body: (inout PageText<StandardOutput>, TextStyle) -> Void) throws {
    let style = style
    var page = PageText(StandardOutput(), width: style.width, isASCII: Terminal.isASCII)
    body(&page, style)
    page.finish()
    try page.output.finish()
  }
}
