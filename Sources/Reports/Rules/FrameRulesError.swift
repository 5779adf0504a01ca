/// What is wrong with a rules file.
public struct FrameRulesError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Path of the file.
  public let file: String
  /// From 1.
  public let line: Int
  public let cause: String

  public var description: String { "\(file):\(line): \(cause)" }
}
