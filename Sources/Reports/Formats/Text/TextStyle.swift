/// How a text report is laid out and decorated: decided once by the command line, from the
/// terminal and the user's wishes, and handed to every renderer.
public struct TextStyle: Sendable, Equatable {
  /// Whether escape sequences for bold and colour may be written.
  public var isDecorated: Bool
  /// Whether charts and trees may be drawn with more than ASCII.
  public var drawsUnicode: Bool
  /// The columns that lines should keep within where they can.
  public var width: Int
  /// The lines of a page.
  public var height: Int
  /// The most lines that one stack may take; at least 4 are used.
  public var stackLines: Int

  /// The width of reports that do not go to a terminal.
  public static let defaultWidth = 100
  /// Narrower terminals get lines of this width, and wrap them themselves.
  public static let minimumWidth = 60

  /// The page of reports that do not go to a terminal.
  public static let defaultHeight = 40

  /// Lines that show where most stacks come from without filling a screen each.
  public static let defaultStackLines = 8

  /// Creates a style; widths below `minimumWidth` are raised to it.
  public init(
    isDecorated: Bool = false, width: Int = TextStyle.defaultWidth,
    height: Int = TextStyle.defaultHeight, stackLines: Int = TextStyle.defaultStackLines,
    drawsUnicode: Bool = false
  ) {
    self.isDecorated = isDecorated
    self.drawsUnicode = drawsUnicode
    self.height = height
    self.stackLines = stackLines
    self.width = max(width, Self.minimumWidth)
  }

  /// Text for what a reader should see first.
  func strong(_ text: String) -> String { decorated(text, "1") }
  /// Text for what a reader may skip.
  func faint(_ text: String) -> String { decorated(text, "2") }
  /// Text of a section's title.
  func title(_ text: String) -> String { decorated(text, "1;36") }
  /// Text of something that may go wrong.
  func warning(_ text: String) -> String { decorated(text, "1;33") }
  /// Text of something that is wrong.
  func alarm(_ text: String) -> String { decorated(text, "1;31") }

  private func decorated(_ text: String, _ code: String) -> String {
    isDecorated && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}
