/// Matches frames by the names of their function and module; `*` stands for any text.
///
/// Patterns are what presentation rules are made of, built in or written by a user.
public struct FramePattern: Sendable, Hashable {
  /// What the function's whole name must look like.
  public let function: String
  /// What the module's base name must look like; nil if any module will do.
  public let module: String?

  /// Creates a pattern for functions, in one kind of module or in all.
  public init(function: String, module: String? = nil) {
    self.function = function
    self.module = module
  }

  /// Whether a frame matches. Linear in the name for the usual patterns with one or two stars.
  public func matches(function name: String, module moduleName: String?) -> Bool {
    if let module {
      guard let moduleName, Self.glob(module, matches: moduleName) else { return false }
    }
    return Self.glob(function, matches: name)
  }

  /// Compares text with a pattern, going back to the last star when the rest does not fit.
  static func glob(_ pattern: String, matches text: String) -> Bool {
    let pattern = Array(pattern.utf8)
    let text = Array(text.utf8)
    let star = UInt8(ascii: "*")
    var patternIndex = 0
    var textIndex = 0
    var retry: (pattern: Int, text: Int)?
    while textIndex < text.count {
      if patternIndex < pattern.count, pattern[patternIndex] == star {
        patternIndex += 1
        retry = (patternIndex, textIndex)
      } else if patternIndex < pattern.count, pattern[patternIndex] == text[textIndex] {
        patternIndex += 1
        textIndex += 1
      } else if let last = retry {
        retry = (last.pattern, last.text + 1)
        (patternIndex, textIndex) = (last.pattern, last.text + 1)
      } else {
        return false
      }
    }
    return pattern[patternIndex...].allSatisfy { $0 == star }
  }
}
