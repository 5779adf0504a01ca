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

  /// The same for stacks that have frames of interpreted code. The program is written in that
  /// language: libraries are somebody else's, and frames of the interpreter are left out, unless the
  /// user's own rules show them.
  func forInterpretedCode() -> FrameRules {
    let standard = StandardFrameRules.rules
    guard rules.starts(with: standard) else { return self }
    var rules = self
    rules.rules =
      StandardFrameRules.firstOfInterpretedCode + standard
      + StandardFrameRules.lastOfInterpretedCode + self.rules.dropFirst(standard.count)
    return rules
  }

  /// What to do with one frame. For many frames, ask a `FrameClassifier`.
  public func action(function: String, module: String?) -> FrameAction {
    var classifier = FrameClassifier(self)
    return classifier.action(function: function, module: module)
  }
}
