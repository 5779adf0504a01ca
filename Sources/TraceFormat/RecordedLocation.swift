/// A frame that is no machine address, as the program's runtime describes it.
public struct RecordedLocation: Sendable, Hashable {
  public let function: String
  /// Path of the source file; `nil` if unknown.
  public let file: String?
  /// From 1; `nil` if unknown.
  public let line: Int?

  public init(function: String, file: String?, line: Int?) {
    self.function = function
    self.file = file
    self.line = line
  }
}
