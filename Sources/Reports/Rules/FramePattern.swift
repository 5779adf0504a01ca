/// A pattern for names in which `*` stands for any text, also for none, and all else for itself.
public struct FramePattern: Sendable, Hashable {
  private static let star = UInt8(ascii: "*")

  public let text: String
  private let bytes: [UInt8]
  /// How many bytes stand before the first star.
  private let literalBytes: Int

  /// Compiles a pattern.
  public init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
    literalBytes = bytes.firstIndex(of: Self.star) ?? bytes.count
  }

  /// Whether a whole name looks like the pattern.
  public func matches(_ name: String) -> Bool { matches(Array(name.utf8)) }

  /// The same for the UTF-8 of a name. Linear for the usual patterns with one or two stars.
  func matches(_ name: [UInt8]) -> Bool {
    guard name.count >= literalBytes else { return false }
    for index in 0..<literalBytes where bytes[index] != name[index] { return false }
    return matchesRest(of: name)
  }

  /// What follows the literal beginning; goes back to the last star when the rest does not fit.
  private func matchesRest(of name: [UInt8]) -> Bool {
    var patternIndex = literalBytes
    var nameIndex = literalBytes
    var retry: (pattern: Int, name: Int)?
    while nameIndex < name.count {
      if patternIndex < bytes.count, bytes[patternIndex] == Self.star {
        patternIndex += 1
        if patternIndex == bytes.count { return true }
        retry = (patternIndex, nameIndex)
      } else if patternIndex < bytes.count, bytes[patternIndex] == name[nameIndex] {
        patternIndex += 1
        nameIndex += 1
      } else if let last = retry {
        retry = (last.pattern, last.name + 1)
        (patternIndex, nameIndex) = (last.pattern, last.name + 1)
      } else {
        return false
      }
    }
    return bytes[patternIndex...].allSatisfy { $0 == Self.star }
  }
}
