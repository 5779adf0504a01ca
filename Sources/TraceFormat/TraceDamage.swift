/// A part of a trace that could not be used, while the rest could.
public struct TraceDamage: Sendable, Hashable, CustomStringConvertible {
  /// Bytes from the start of the file to the part.
  public let offset: UInt64
  /// Bytes of the file that were skipped for it, 0 if only their content is in doubt.
  public let skippedBytes: UInt64
  /// What is wrong, for a person.
  public let cause: String

  public init(offset: UInt64, skippedBytes: UInt64 = 0, cause: String) {
    self.offset = offset
    self.skippedBytes = skippedBytes
    self.cause = cause
  }

  public var description: String {
    skippedBytes == 0
      ? "at byte \(offset): \(cause)"
      : "at byte \(offset), \(skippedBytes) bytes skipped: \(cause)"
  }
}
