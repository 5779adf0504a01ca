/// Decides which frames of a stack a reader should not have to look at.
///
/// An ordered list: of the rules that match a frame the last one counts, and a frame that none
/// matches is shown. So a user's rules, which follow the built-in ones, always have their way.
public struct FrameRules: Sendable, Hashable {
  public private(set) var rules: [FrameRule]
  /// Whether frames of interpreted code are all that is shown of a stack that has some: what native
  /// code costs belongs to the line that called it.
  public var showsInterpretedCodeAlone = false

  /// Creates rules; an empty list leaves every stack as it is.
  public init(_ rules: [FrameRule]) { self.rules = rules }

  /// No rules.
  public static let none = FrameRules([])

  /// The built-in rules.
  public static let standard = FrameRules(StandardFrameRules.rules)

  /// Adds rules that take precedence over those before.
  public mutating func append(_ more: [FrameRule]) { rules += more }

  /// What to do with one frame. For many frames, ask a `FrameClassifier`.
  func action(function: String, module: String?, isInterpreted: Bool = false) -> FrameAction {
    var classifier = FrameClassifier(self, isInterpreted: isInterpreted)
    return classifier.action(function: function, module: module)
  }
}
